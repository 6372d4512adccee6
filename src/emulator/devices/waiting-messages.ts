// What a push service keeps for a device that it cannot reach, each service by its own rules.
import type { Clock } from '../../util/clock.ts'
import type { TakenMessage } from './virtual-device.ts'

/** Collapse keys that C2DM keeps for a device. */
const C2DM_KEYS_LIMIT = 10_000
/** firebase.google.com/docs/cloud-messaging/customize-messages/collapsible-message-types: which four are kept beyond that is not promised. */
const FCM_KEYS_LIMIT = 4
/** The next one makes FCM drop them all; the app is told so (onDeletedMessages). */
const FCM_NOT_COLLAPSIBLE_LIMIT = 100
/** Messages that a Web Push service keeps for a subscription. */
const WEB_PUSH_LIMIT = 10_000

export interface WaitingMessages {
  readonly size: number
  /** How many were lost because there was no room. */
  readonly dropped: number
  keep(message: TakenMessage): void
  /** An older message with this one's collapse key will never arrive. */
  supersede(message: TakenMessage): void
  /** Whether it waited: it never arrives. */
  cancel(providerId: string): boolean
  /** Removes and returns those that can be delivered now, oldest first. */
  release(reaches: (message: TakenMessage) => boolean): TakenMessage[]
  clear(): void
}

/** One per collapse key: the newest. */
export function createC2dmWaiting(): WaitingMessages {
  const byKey = new Map<string, TakenMessage>()
  let dropped = 0
  return {
    get size() {
      return byKey.size
    },
    get dropped() {
      return dropped
    },
    keep(message) {
      byKey.set(message.collapseKey, message)
      if (byKey.size <= C2DM_KEYS_LIMIT) return
      dropOldestKey(byKey)
      dropped++
    },
    supersede: ({ collapseKey }) => byKey.delete(collapseKey),
    cancel(providerId) {
      const waiting = [...byKey.values()].find((message) => message.providerId === providerId)
      return waiting !== undefined && byKey.delete(waiting.collapseKey)
    },
    release(reaches) {
      const released = [...byKey.values()].filter(reaches)
      for (const { collapseKey } of released) byKey.delete(collapseKey)
      return released
    },
    clear: () => byKey.clear(),
  }
}

interface WaitingEntry {
  readonly message: TakenMessage
  readonly expiresAt: number
}

/** Stands for the collapse key of notifications without one: those of an app collapse with each other. */
const FCM_NOTIFICATION_KEY = '\0notification'

/** What an FCM message collapses with; empty when with nothing. A notification always collapses. */
export function fcmCollapseKey({ collapseKey, notification, android }: TakenMessage): string {
  if (collapseKey !== '') return collapseKey
  return (notification ?? android?.notification) ? FCM_NOTIFICATION_KEY : ''
}

/** Messages with a lifetime: the newest of each of four collapse keys, and up to a hundred that do not collapse. */
export function createFcmWaiting(clock: Clock): WaitingMessages {
  return createExpiringWaiting(clock, fcmCollapseKey, (entries) => {
    const doesNotCollapse = ({ message }: WaitingEntry) => fcmCollapseKey(message) === ''
    const notCollapsible = entries.filter(doesNotCollapse)
    if (notCollapsible.length > FCM_NOT_COLLAPSIBLE_LIMIT) return notCollapsible
    const keyed = entries.filter((entry) => !doesNotCollapse(entry))
    return keyed.length > FCM_KEYS_LIMIT ? keyed.slice(0, 1) : []
  })
}

/** Notifications with a lifetime: the newest of each collapse id, and the newest of those without one. */
export function createApnsWaiting(clock: Clock): WaitingMessages {
  return createExpiringWaiting(clock, ownCollapseKey, (entries) =>
    entries.filter(({ message }) => message.collapseKey === '').slice(0, -1),
  )
}

/** Messages with a lifetime: the newest of each topic, and of those without one as many as there is room for. */
export function createWebPushWaiting(clock: Clock): WaitingMessages {
  return createExpiringWaiting(clock, ownCollapseKey, (entries) =>
    entries.length > WEB_PUSH_LIMIT ? entries.slice(0, 1) : [],
  )
}

function ownCollapseKey({ collapseKey }: TakenMessage): string {
  return collapseKey
}

/** `keyOf`: what a message collapses with. `excess`: which must go, now that one more is there. */
function createExpiringWaiting(
  clock: Clock,
  keyOf: (message: TakenMessage) => string,
  excess: (entries: readonly WaitingEntry[]) => readonly WaitingEntry[],
): WaitingMessages {
  let entries: WaitingEntry[] = []
  let dropped = 0

  function forget(unwanted: (entry: WaitingEntry) => boolean): number {
    const before = entries.length
    entries = entries.filter((entry) => !unwanted(entry))
    return before - entries.length
  }

  const isOver = ({ expiresAt }: WaitingEntry) => expiresAt <= clock.now()

  return {
    get size() {
      forget(isOver)
      return entries.length
    },
    get dropped() {
      return dropped
    },
    keep(message) {
      const { ttlMs = Number.POSITIVE_INFINITY } = message
      // "Now or never": what cannot be delivered at once is gone, and nobody is told.
      if (ttlMs <= 0) return
      forget(isOver)
      entries.push({ message, expiresAt: clock.now() + ttlMs })
      const tooMany = excess(entries)
      dropped += forget((entry) => tooMany.includes(entry))
    },
    supersede(newer) {
      const key = keyOf(newer)
      if (key !== '') forget(({ message }) => keyOf(message) === key)
    },
    cancel: (providerId) => forget(({ message }) => message.providerId === providerId) > 0,
    release(reaches) {
      forget(isOver)
      const released = entries.filter(({ message }) => reaches(message))
      forget((entry) => released.includes(entry))
      return released.map(({ message }) => message)
    },
    clear() {
      entries = []
    },
  }
}

function dropOldestKey(byKey: Map<string, TakenMessage>): void {
  const [oldest] = byKey.keys()
  if (oldest !== undefined) byKey.delete(oldest)
}
