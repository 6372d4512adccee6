// What a phone shows of a message: a notification, the secret of a handshake, or data that only the app sees.

/** Bounds for what is drawn; a message is small, but anybody may have sent it. */
const MAX_FIELDS = 12
const MAX_ACTIONS = 4

/**
 * @returns {{ kind: 'notification' | 'handshake' | 'data', title: string, body: string, image: string, badge: string,
 *   sound: string, url: string, actions: string[], secret: string, fields: [string, string][], note: string }}
 */
export function viewOf(service, message) {
  const shown = SHOWN_BY[service]?.(message) ?? {}
  const data = { ...message.data, ...shown.data }
  const secret = textOf(data.confirmationToken ?? data.registration_token)
  const isShown = [shown.title, shown.body, shown.image].some((text) => textOf(text) !== '')
  const secretKeys = ['confirmationToken', 'registration_token']
  const fields = Object.entries(data)
    .filter(([key]) => !secretKeys.includes(key))
    .map(([key, value]) => [key, textOf(value)])
  return {
    kind: secret ? 'handshake' : isShown ? 'notification' : 'data',
    title: textOf(shown.title),
    body: textOf(shown.body),
    image: textOf(shown.image),
    badge: textOf(shown.badge),
    sound: textOf(shown.sound),
    url: textOf(shown.url),
    actions: (shown.actions ?? []).slice(0, MAX_ACTIONS).map(textOf).filter(Boolean),
    secret,
    fields: fields.slice(0, MAX_FIELDS),
    note: shown.note ?? (fields.length > MAX_FIELDS ? `and ${fields.length - MAX_FIELDS} more` : ''),
  }
}

const SHOWN_BY = {
  c2dm: () => ({}),
  fcm({ notification, android }) {
    const own = objectOf(objectOf(android).notification)
    const { title, body, image } = { ...objectOf(notification), ...own }
    return { title, body, image, badge: own.notificationCount, sound: own.sound, url: own.clickAction }
  },
  apns({ payload }) {
    const { aps, ...rest } = objectOf(payload)
    const { alert, badge, sound, category } = objectOf(aps)
    const texts = typeof alert === 'string' ? { body: alert } : objectOf(alert)
    const { title, subtitle, body } = texts
    return {
      title: [title, subtitle].map(textOf).filter(Boolean).join(' · '),
      body: body ?? texts['loc-key'],
      image: rest.image,
      badge,
      sound: objectOf(sound).name ?? sound,
      url: rest.url,
      actions: category === undefined ? [] : textOf(category).split('.'),
    }
  },
  webpush({ plaintext }) {
    if (plaintext === undefined) return { note: 'No readable payload' }
    const json = objectOf(parsed(plaintext))
    if (Object.keys(json).length === 0) return { body: plaintext }
    const shown = { ...json, ...objectOf(json.notification) }
    const actions = Array.isArray(shown.actions) ? shown.actions : []
    const rest = Object.entries(json).filter(([key]) => !SHOWN_OF_WEB_PUSH.includes(key))
    return {
      title: shown.title,
      body: shown.body,
      image: shown.image,
      badge: shown.app_badge ?? json.app_badge,
      url: shown.navigate ?? shown.url,
      actions: actions.map((action) => objectOf(action).title),
      data: { ...Object.fromEntries(rest), ...objectOf(json.data) },
    }
  },
}

/** Members that are shown elsewhere than among the data, or say nothing to who looks. */
const SHOWN_OF_WEB_PUSH = [
  ...[
    'web_push',
    'notification',
    'data',
    'title',
    'body',
    'image',
    'actions',
    'app_badge',
    'mutable',
    'navigate',
    'url',
  ],
]

function objectOf(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
}

function textOf(value) {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    // A browser may be sent anything.
    return undefined
  }
}
