// One FCM message as a device gets it, and what FCM has against it: reserved keys, bounds, sizes, topic names.
import {
  FCM_MAX_MESSAGE_BYTES,
  FCM_MAX_TTL_SECONDS,
  FCM_RESERVED_KEYS,
  FCM_RESERVED_PREFIXES,
} from '../../protocols/fcm.ts'
import { conditionObjection, TOPIC } from './condition.ts'
import type { FieldViolation } from './fcm-errors.ts'
import { TARGETS } from './message-type.ts'
import { isObject, type JsonObject } from './proto-json.ts'

export interface PushMessage {
  readonly target: { readonly kind: (typeof TARGETS)[number]; readonly value: string }
  /** Those of `android`, where it has its own. */
  readonly data: Readonly<Record<string, string>>
  readonly notification: JsonObject | undefined
  readonly android: JsonObject | undefined
  /** Empty when there is none. */
  readonly collapseKey: string
  readonly highPriority: boolean
  readonly ttlMs: number
}

const ANALYTICS_LABEL = /^[a-zA-Z0-9\-_.~%]{1,50}$/

/** From a message whose fields have the right types; undefined when it names no target. */
export function toPushMessage(message: JsonObject): PushMessage | undefined {
  const kind = TARGETS.find((name) => message[name] !== undefined && message[name] !== '')
  if (!kind) return undefined
  const android = objectIn(message, 'android')
  const ttl = android?.ttl
  return {
    target: { kind, value: String(message[kind]) },
    data: (android?.data ?? message.data ?? {}) as Record<string, string>,
    notification: objectIn(message, 'notification'),
    android,
    collapseKey: String(android?.collapseKey ?? ''),
    highPriority: android?.priority === 'HIGH',
    ttlMs: typeof ttl === 'string' ? secondsOf(ttl) * 1000 : FCM_MAX_TTL_SECONDS * 1000,
  }
}

/** The bytes of keys and values, and of the texts that are shown. */
function messageBytes({ data, notification, android }: PushMessage): number {
  let bytes = 0
  for (const [key, value] of Object.entries(data)) bytes += Buffer.byteLength(key) + Buffer.byteLength(value)
  for (const shown of [notification, objectIn(android ?? {}, 'notification')]) {
    for (const text of Object.values(shown ?? {})) if (typeof text === 'string') bytes += Buffer.byteLength(text)
  }
  return bytes
}

export function isTooLarge(message: PushMessage): boolean {
  return messageBytes(message) > FCM_MAX_MESSAGE_BYTES
}

/** What is wrong with the fields of a message, beyond their types. */
export function fieldViolations(message: JsonObject): FieldViolation[] {
  return [
    ...targetViolations(message),
    ...dataViolations(message.data, 'message.data'),
    ...androidViolations(message),
    ...labelViolations(message),
    ...appleViolations(message),
    ...webViolations(message),
  ]
}

function targetViolations({ topic, condition }: JsonObject): FieldViolation[] {
  const violations: FieldViolation[] = []
  if (typeof topic === 'string' && !TOPIC.test(topic)) {
    violations.push({ field: 'message.topic', description: 'Malformed topic name' })
  }
  const objection = typeof condition === 'string' ? conditionObjection(condition) : undefined
  if (objection !== undefined) violations.push({ field: 'message.condition', description: objection })
  return violations
}

function dataViolations(data: unknown, field: string): FieldViolation[] {
  const keys = isObject(data) ? Object.keys(data) : []
  const reserved = keys.filter(
    (key) =>
      FCM_RESERVED_KEYS.some((name) => name === key) || FCM_RESERVED_PREFIXES.some((prefix) => key.startsWith(prefix)),
  )
  return reserved.map((key) => ({ field, description: `Invalid data payload key: ${key}` }))
}

function androidViolations(message: JsonObject): FieldViolation[] {
  const android = objectIn(message, 'android')
  if (!android) return []
  const violations = dataViolations(android.data, 'message.android.data')
  const refuse = (field: string, description: string) => violations.push({ field, description })
  const { ttl } = android
  if (typeof ttl === 'string' && (secondsOf(ttl) < 0 || secondsOf(ttl) > FCM_MAX_TTL_SECONDS)) {
    refuse('message.android.ttl', `Invalid TTL duration. It must be from 0 to ${FCM_MAX_TTL_SECONDS} seconds.`)
  }
  const color = objectIn(android, 'notification')?.color
  if (typeof color === 'string' && !/^#[0-9a-f]{6}$/i.test(color)) {
    refuse('message.android.notification.color', 'Invalid color. It must be of the form #rrggbb.')
  }
  if (message.androidV2 !== undefined) refuse('message', 'android and android_v2 exclude each other.')
  return violations
}

function labelViolations(message: JsonObject): FieldViolation[] {
  return ['', 'android', 'apns', 'webpush'].flatMap((part) => {
    const label = objectIn(part === '' ? message : (objectIn(message, part) ?? {}), 'fcmOptions')?.analyticsLabel
    if (typeof label !== 'string' || ANALYTICS_LABEL.test(label)) return []
    const field = part === '' ? 'message.fcm_options' : `message.${part}.fcm_options`
    return [{ field: `${field}.analytics_label`, description: 'Malformed analytics label' }]
  })
}

function appleViolations(message: JsonObject): FieldViolation[] {
  const payload = objectIn(objectIn(message, 'apns') ?? {}, 'payload')
  if (!payload || isObject(payload.aps)) return []
  return [{ field: 'message.apns.payload', description: 'The APNs payload must have an object aps.' }]
}

function webViolations(message: JsonObject): FieldViolation[] {
  const webpush = objectIn(message, 'webpush') ?? {}
  const link = objectIn(webpush, 'fcmOptions')?.link
  if (typeof link !== 'string' || link.startsWith('https://')) return []
  return [{ field: 'message.webpush.fcm_options.link', description: 'The link must be an https URL.' }]
}

function secondsOf(duration: string): number {
  return Number(duration.slice(0, -1))
}

function objectIn(value: JsonObject, name: string): JsonObject | undefined {
  const inner = value[name]
  return isObject(inner) ? inner : undefined
}
