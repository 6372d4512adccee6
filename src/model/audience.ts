// Whom a message goes to, when that is more than one device named in its path.
import { TRANSPORT_NAMES, type TransportName } from './address.ts'
import { isDeviceId } from './device.ts'
import { isStorableText } from './message.ts'
import { isName } from './name.ts'
import { InputError } from './push-error.ts'

/** Exactly one kind. A kind that joins has its condition in store/audience-kinds.ts. */
export type Audience =
  /** These devices, by device id; at most 1000. */
  | { readonly devices: readonly string[] }
  /** All devices of one user. */
  | { readonly user: string }
  /** All devices of these users; at most 1000. */
  | { readonly users: readonly string[] }
  /** The devices of a group, and of those that are part of it. */
  | { readonly group: string }
  /** The devices of these groups; at most 1000. */
  | { readonly groups: readonly string[] }
  /** The devices that a channel reaches. */
  | { readonly channel: string }
  /** All devices of the app. */
  | { readonly everyone: true }
  /** The devices of the app that all of this is true of. */
  | { readonly where: DeviceFilter }

export interface DeviceFilter {
  readonly transport?: TransportName | undefined
  /** A BCP 47 tag and what it is the beginning of: `pt` finds `pt-BR`, and `pt-BR` does not find `pt`. */
  readonly locale?: string | undefined
  /** A name of the IANA time zone database. */
  readonly timeZone?: string | undefined
  /** Exactly this one. */
  readonly appVersion?: string | undefined
  /** The device has each of these labels, with this value. */
  readonly labels?: Readonly<Record<string, string>> | undefined
  /** From this moment on. */
  readonly lastSeenAfter?: Date | undefined
  /** Before this moment. */
  readonly lastSeenBefore?: Date | undefined
  /** From this moment on. */
  readonly createdAfter?: Date | undefined
  /** Before this moment. */
  readonly createdBefore?: Date | undefined
}

export const MAX_AUDIENCE_NAMES = 1000
const MAX_USER_BYTES = 255
const MAX_TEXT_BYTES = 256
const MAX_LABELS = 20

const FILTER_TEXTS = ['locale', 'timeZone', 'appVersion'] as const
const FILTER_TIMES = ['lastSeenAfter', 'lastSeenBefore', 'createdAfter', 'createdBefore'] as const

const CHECKS: Readonly<Record<string, (value: unknown) => void>> = {
  devices: (value) => checkNames('devices', value, isDeviceId),
  user: (value) => checkNames('user', [value], isUserId),
  users: (value) => checkNames('users', value, isUserId),
  group: (value) => checkNames('group', [value], isName),
  groups: (value) => checkNames('groups', value, isName),
  channel: (value) => checkNames('channel', [value], isName),
  everyone(value) {
    if (value !== true) refuse('everyone can only be true.')
  },
  where: checkFilter,
}

/** Throws InputError PUSH_AUDIENCE_INVALID. */
export function assertAudience(audience: Audience): void {
  const kinds = typeof audience === 'object' && audience !== null ? Object.entries(audience) : []
  const [kind] = kinds
  const check = kind && Object.hasOwn(CHECKS, kind[0]) ? CHECKS[kind[0]] : undefined
  if (kinds.length !== 1 || !kind || !check) {
    refuse(`It needs exactly one of: ${Object.keys(CHECKS).join(', ')}.`)
  } else check(kind[1])
}

function checkNames(name: string, value: unknown, isName: (text: string) => boolean): void {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_AUDIENCE_NAMES) {
    refuse(`${name} must be a list of 1 to ${MAX_AUDIENCE_NAMES} ids.`)
  }
  const wrong = value.findIndex((id) => typeof id !== 'string' || !isName(id))
  if (wrong !== -1) refuse(`What stands at place ${wrong} of ${name} cannot be such an id.`)
}

function isUserId(text: string): boolean {
  return fits(text, MAX_USER_BYTES)
}

function checkFilter(value: unknown): void {
  if (typeof value !== 'object' || value === null) refuse('where must be an object.')
  const filter = value as Readonly<Record<string, unknown>>
  const known: readonly string[] = ['transport', 'labels', ...FILTER_TEXTS, ...FILTER_TIMES]
  const given = Object.keys(filter).filter((name) => filter[name] !== undefined)
  const unknown = given.find((name) => !known.includes(name))
  if (unknown !== undefined) refuse(`where knows no ${unknown}; it knows ${known.join(', ')}.`)
  if (given.length === 0) refuse('where is empty; for all devices there is everyone.')
  for (const name of given) checkField(name, filter[name])
}

function checkField(name: string, value: unknown): void {
  if (name === 'transport') {
    if (!TRANSPORT_NAMES.some((known) => known === value)) {
      refuse(`where.transport must be one of ${TRANSPORT_NAMES.join(', ')}.`)
    }
  } else if (name === 'labels') checkLabels(value)
  else if (FILTER_TEXTS.some((text) => text === name)) {
    if (!fits(value, MAX_TEXT_BYTES)) refuse(`where.${name} must be a text of 1 to ${MAX_TEXT_BYTES} bytes.`)
  } else if (!(value instanceof Date) || Number.isNaN(value.getTime())) refuse(`where.${name} must be a time.`)
}

function checkLabels(value: unknown): void {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
  if (entries.length === 0 || entries.length > MAX_LABELS) {
    refuse(`where.labels must be an object of 1 to ${MAX_LABELS} labels.`)
  }
  for (const [key, text] of entries) {
    if (!fits(key, MAX_TEXT_BYTES) || (text !== '' && !fits(text, MAX_TEXT_BYTES))) {
      refuse(`where.labels.${key} must be a text of at most ${MAX_TEXT_BYTES} bytes.`)
    }
  }
}

function fits(value: unknown, maxBytes: number): boolean {
  if (typeof value !== 'string' || !isStorableText(value)) return false
  const bytes = Buffer.byteLength(value)
  return bytes >= 1 && bytes <= maxBytes
}

function refuse(detail: string): never {
  throw new InputError('PUSH_AUDIENCE_INVALID', { detail })
}
