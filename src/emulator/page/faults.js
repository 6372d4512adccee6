// The faults that can be planted from the page, by service, and those that are in force.
import { element } from './elements.js'

const EVERYWHERE = [
  ['503 twice, then fine', { times: 2, effect: { kind: 'status', status: 503, retryAfter: 1 } }],
  ['Accepted, never answered (once)', { times: 1, effect: { kind: 'no-answer', delivers: true } }],
  ['Never answered, nothing arrives (once)', { times: 1, effect: { kind: 'no-answer' } }],
  ['Connection reset (once)', { times: 1, effect: { kind: 'reset' } }],
  ['Arrives, but the answer is torn (once)', { times: 1, effect: { kind: 'torn', delivers: true } }],
  ['Answered 5 s later', { effect: { kind: 'delay', ms: 5000 } }],
  ['Garbage for an answer (once)', { times: 1, effect: { kind: 'garbage' } }],
  ['1 % of connections are dropped', { share: 0.01, effect: { kind: 'reset' } }],
]
const OVER_HTTP2 = [
  ['GOAWAY after the next one', { times: 1, effect: { kind: 'goaway' } }],
  ['Stream refused (once)', { times: 1, effect: { kind: 'refused-stream' } }],
]
const error = (code, more = {}) => ({ effect: { kind: 'error', code, ...more } })

const BY_SERVICE = {
  fcm: [
    ['Unregistered from now', error('UNREGISTERED')],
    ['Quota of the device', error('QUOTA_EXCEEDED', { quota: 'device', retryAfter: 60 })],
    ['Unavailable, Retry-After 30', error('UNAVAILABLE')],
    ...EVERYWHERE,
    ...OVER_HTTP2,
  ],
  apns: [
    ['Unregistered from now', error('Unregistered')],
    ['Too many requests', error('TooManyRequests')],
    ['Bad device token', error('BadDeviceToken')],
    ...EVERYWHERE,
    ...OVER_HTTP2,
  ],
  webpush: [
    ['Subscription gone from now', error('NoSubscription')],
    ['Too many requests', error('TooManyRequests')],
    ...EVERYWHERE,
    ...OVER_HTTP2,
  ],
  c2dm: [
    ['Not registered from now', error('NotRegistered')],
    ['Quota of the device', error('DeviceQuotaExceeded')],
    ...EVERYWHERE,
  ],
}

export const SERVICE_NAMES = { fcm: 'FCM', apns: 'APNs', webpush: 'Web Push', c2dm: 'C2DM' }

/** The options of a menu; `value`s are for `ruleOf`. */
export function faultOptions(services) {
  return services.map((service) =>
    element(
      'optgroup',
      { label: `Faults of ${SERVICE_NAMES[service]}` },
      ...BY_SERVICE[service].map(([label], place) => element('option', { value: `${service} ${place}` }, label)),
    ),
  )
}

/** The rule that an option stands for; undefined for one of other kinds. */
export function ruleOf(value, address) {
  const [service, place] = value.split(' ')
  const rule = BY_SERVICE[service]?.[Number(place)]?.[1]
  return rule && { service, ...rule, ...(address !== undefined && { address }) }
}

/**
 * A menu of things to do, and the button that does the chosen one: by the keyboard every option on the way to another is chosen
 * for a moment.
 */
export function actionMenu({ label, title, groups, choose }) {
  const select = element('select', { 'aria-label': label }, element('option', { value: '' }, title), ...groups)
  const apply = element('button', { type: 'button', 'aria-label': `Apply: ${label}`, disabled: true }, 'Apply')
  select.addEventListener('change', () => {
    apply.disabled = select.value === ''
  })
  apply.addEventListener('click', () => {
    const { value } = select
    select.value = ''
    select.focus()
    apply.disabled = true
    choose(value)
  })
  return element('div', { class: 'row menu' }, select, apply)
}

/** One fault in force, with the button that ends it. */
export function faultChip(fault, remove) {
  const { id, service, effect, struck, times, share } = fault
  const what = effect.code ?? effect.status ?? effect.kind
  const often = `${struck}${times === undefined ? '' : ` of ${times}`} struck${share === undefined ? '' : `, ${share * 100} %`}`
  return element(
    'li',
    { class: times !== undefined && struck >= times ? 'chip over' : 'chip' },
    element('span', { class: `dot ${service}` }),
    element('span', {}, `${what} `, element('small', {}, often)),
    element(
      'button',
      { type: 'button', 'aria-label': `Remove the fault ${id}, ${what}`, onclick: () => remove(id) },
      '×',
    ),
  )
}
