// The two device doors and what each takes: the names, and the bounds in bytes of UTF-8 that django-c2dm set.
import { DEVICE_ID_BYTES, hasControl } from '../../model/device.ts'
import { InputError } from '../../model/push-error.ts'
import { type Query, singleValue } from '../query.ts'

interface Bounds {
  readonly min: number
  readonly max: number
}

const REGISTRATION_ID_BYTES: Bounds = { min: 8, max: 140 }
const REGISTRATION_TOKEN_BYTES: Bounds = { min: 1, max: 64 }

export interface RegistrationParameters {
  readonly deviceId: string
  readonly registrationId: string
}

export interface ConfirmationParameters {
  readonly deviceId: string
  readonly registrationToken: string
}

/** Throws PUSH_REQUEST_INVALID. */
export function readRegistration(query: Query): RegistrationParameters {
  return {
    deviceId: required(query, 'device_id', DEVICE_ID_BYTES),
    registrationId: required(query, 'registration_id', REGISTRATION_ID_BYTES),
  }
}

/** Throws PUSH_REQUEST_INVALID. */
export function readConfirmation(query: Query): ConfirmationParameters {
  return {
    deviceId: required(query, 'device_id', DEVICE_ID_BYTES),
    registrationToken: required(query, 'registration_token', REGISTRATION_TOKEN_BYTES),
  }
}

function required(query: Query, name: string, { min, max }: Bounds): string {
  const value = singleValue(query, name)
  if (value === undefined) throw invalid(`${name} is missing.`)
  const bytes = Buffer.byteLength(value)
  if (bytes < min || bytes > max) throw invalid(`${name} is ${bytes} bytes; from ${min} to ${max}.`)
  if (hasControl(value)) throw invalid(`${name} holds a control character.`)
  return value
}

function invalid(detail: string): InputError {
  return new InputError('PUSH_REQUEST_INVALID', { detail })
}
