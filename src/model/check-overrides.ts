// Refuses overrides that are not what a push service could be told: known names, and JSON of bounded depth and size.
import { isObject } from '../util/json-object.ts'
import { assertText, invalidMessage, MAX_NAME_BYTES } from './check-text.ts'
import { isStorableText } from './message.ts'
import { APNS_OVERRIDE_HEADERS, FCM_OVERRIDE_FIELDS, type Overrides } from './overrides.ts'
import { InputError } from './push-error.ts'
import { URGENCIES } from './urgency.ts'

/** Bytes of one push service's override as JSON; messages are much smaller. */
const MAX_OVERRIDE_BYTES = 8192
const MAX_DEPTH = 8
/** Whom an FCM message goes to, which is the device’s address and nothing else. */
const FCM_TARGETS: readonly string[] = ['token', 'fid', 'topic', 'condition']

/** Throws InputError PUSH_MESSAGE_INVALID or PUSH_MESSAGE_TOO_BIG. */
export function assertOverrides(overrides: Overrides): void {
  const { fcm, apns, webpush } = assertFields('overrides', overrides, ['fcm', 'apns', 'webpush'])
  if (fcm !== undefined) assertFcm(fcm)
  if (apns !== undefined) assertApns(apns)
  if (webpush !== undefined) assertWebPush(webpush)
}

function assertFcm(given: unknown): void {
  const where = 'overrides.fcm'
  const target = FCM_TARGETS.find((name) => isObject(given) && Object.hasOwn(given, name))
  if (target !== undefined) throw invalidMessage(`${where}.${target} is not for an override: the device says it.`)
  const fcm = assertFields(where, given, FCM_OVERRIDE_FIELDS)
  for (const [name, part] of Object.entries(fcm)) {
    if (part !== null && part !== undefined && !isObject(part)) throw notAnObject(`${where}.${name}`)
  }
  for (const [key, value] of Object.entries(fcm.data ?? {})) {
    if (value !== null && typeof value !== 'string') throw invalidMessage(`${where}.data.${key} is not a string.`)
  }
  assertJson(where, fcm)
}

function assertApns(given: unknown): void {
  const where = 'overrides.apns'
  const { headers, payload } = assertFields(where, given, ['headers', 'payload'])
  if (headers !== undefined) {
    for (const [name, value] of Object.entries(assertFields(`${where}.headers`, headers, APNS_OVERRIDE_HEADERS))) {
      assertHeader(`${where}.headers.${name}`, value)
    }
  }
  assertObject(`${where}.payload`, payload)
  assertJson(where, given)
}

function assertHeader(name: string, value: unknown): void {
  if (value === undefined) return
  assertText(name, value as string, MAX_NAME_BYTES)
  if (value === '' || /\p{Cc}/u.test(value as string)) {
    throw invalidMessage(`${name} is empty or has a control character.`)
  }
}

function assertWebPush(given: unknown): void {
  const where = 'overrides.webpush'
  const { urgency, notification } = assertFields(where, given, ['urgency', 'notification'])
  if (urgency !== undefined && !URGENCIES.some((known) => known === urgency)) {
    throw invalidMessage(`${where}.urgency must be one of ${URGENCIES.join(', ')}.`)
  }
  assertObject(`${where}.notification`, notification)
  assertJson(where, given)
}

/** The value as an object that has no other fields than these. */
function assertFields<Name extends string>(
  where: string,
  value: unknown,
  names: readonly Name[],
): Partial<Record<Name, unknown>> {
  if (!isObject(value)) throw notAnObject(where)
  const unknown = Object.keys(value).find((name) => !names.some((known) => known === name))
  if (unknown !== undefined) {
    const shown = unknown.slice(0, MAX_NAME_BYTES)
    throw invalidMessage(`${where} has no field ${JSON.stringify(shown)}; there are ${names.join(', ')}.`)
  }
  return value as Partial<Record<Name, unknown>>
}

function assertObject(where: string, value: unknown): void {
  if (value !== undefined && !isObject(value)) throw notAnObject(where)
}

/** That it can be stored and sent as it is, and fits. */
function assertJson(where: string, value: unknown): void {
  assertJsonValue(where, value, MAX_DEPTH)
  const bytes = Buffer.byteLength(JSON.stringify(value))
  if (bytes > MAX_OVERRIDE_BYTES) {
    throw new InputError('PUSH_MESSAGE_TOO_BIG', {
      detail: `${where} is ${bytes} bytes of JSON; at most ${MAX_OVERRIDE_BYTES}.`,
    })
  }
}

function assertJsonValue(where: string, value: unknown, depthLeft: number): void {
  if (value === null || value === undefined || typeof value === 'boolean' || Number.isFinite(value)) return
  if (typeof value === 'string') {
    if (!isStorableText(value)) throw invalidMessage(`${where} has a text with a NUL character or a lone surrogate.`)
    return
  }
  if (typeof value !== 'object') throw invalidMessage(`${where} holds a value that JSON does not have.`)
  if (depthLeft === 0) throw invalidMessage(`${where} is nested more than ${MAX_DEPTH} levels deep.`)
  for (const [key, inner] of Object.entries(value)) {
    if (!isStorableText(key)) throw invalidMessage(`${where} has a key with a NUL character or a lone surrogate.`)
    assertJsonValue(where, inner, depthLeft - 1)
  }
}

function notAnObject(where: string): InputError {
  return invalidMessage(`${where} is not an object.`)
}
