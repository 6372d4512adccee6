// Refuses a notification, and Android's options for it, that no push service could carry.
import { isAnyGiven } from '../util/given.ts'
import { assertCount, assertHttpsUrl, assertText, invalidMessage, MAX_NAME_BYTES } from './check-text.ts'
import {
  ANDROID_TEXTS,
  type AndroidOptions,
  type AndroidText,
  type Notification,
  type NotificationAction,
  VISIBILITIES,
} from './notification.ts'

const MAX_TEXT_BYTES = 4096
const MAX_ACTIONS = 4

export function assertNotification({ title, body, image, actions, badge, sound, url }: Notification): void {
  if (!title && !body) throw invalidMessage('notification needs a title or a body.')
  assertText('notification.title', title, MAX_TEXT_BYTES)
  assertText('notification.body', body, MAX_TEXT_BYTES)
  assertHttpsUrl('notification.image', image)
  if (actions !== undefined) assertActions(actions)
  assertCount('notification.badge', badge)
  if (sound === '') throw invalidMessage('notification.sound is empty; it names a sound, or is left out.')
  assertText('notification.sound', sound, MAX_NAME_BYTES)
  assertHttpsUrl('notification.url', url)
}

function assertActions(actions: readonly NotificationAction[]): void {
  if (!Array.isArray(actions)) throw invalidMessage('notification.actions is not an array.')
  if (actions.length > MAX_ACTIONS) {
    throw invalidMessage(`notification.actions are ${actions.length}; at most ${MAX_ACTIONS}.`)
  }
  const ids = new Set<string>()
  for (const [place, action] of actions.entries()) {
    const name = `notification.actions.${place}`
    if (!action?.id || !action.title) throw invalidMessage(`${name} needs an id and a title.`)
    assertText(`${name}.id`, action.id, MAX_NAME_BYTES)
    assertText(`${name}.title`, action.title, MAX_NAME_BYTES)
    assertHttpsUrl(`${name}.icon`, action.icon)
    if (ids.has(action.id)) throw invalidMessage(`${name}.id is the id of another action, too.`)
    ids.add(action.id)
  }
}

export function assertAndroid(android: AndroidOptions, hasNotification: boolean): void {
  const { directBootOk, ...shown } = android
  if (!hasNotification && isAnyGiven(shown)) {
    throw invalidMessage('android says how a notification is shown, but there is no notification.')
  }
  for (const name of ANDROID_TEXTS) assertAndroidText(name, android[name])
  const { visibility, notificationCount, sticky } = shown
  if (visibility !== undefined && !VISIBILITIES.includes(visibility)) {
    throw invalidMessage(`android.visibility must be one of ${VISIBILITIES.join(', ')}.`)
  }
  assertCount('android.notificationCount', notificationCount)
  for (const [name, flag] of Object.entries({ sticky, directBootOk })) {
    if (flag !== undefined && typeof flag !== 'boolean') throw invalidMessage(`android.${name} must be true or false.`)
  }
}

function assertAndroidText(name: AndroidText, value: string | undefined): void {
  if (name === 'imageUrl') assertHttpsUrl('android.imageUrl', value)
  else assertText(`android.${name}`, value, MAX_NAME_BYTES)
  if (name === 'color' && value !== undefined && !/^#[0-9a-f]{6}$/i.test(value)) {
    throw invalidMessage('android.color must be #rrggbb.')
  }
}
