// What an address of each transport may be: the bounds that registering keeps, before its push service sees it.
import type { Address, TransportName } from './address.ts'
import { hasControl } from './device.ts'
import { isStorableText } from './message.ts'
import { InputError } from './push-error.ts'

interface AddressRule {
  /** Bytes of UTF-8. */
  readonly min: number
  readonly max: number
}

const RULES: Readonly<Record<TransportName, AddressRule>> = {
  // django-c2dm's bounds of a registration id.
  c2dm: { min: 8, max: 140 },
  // From an installation id's 22 characters up; no token is longer than a whole message may be.
  fcm: { min: 22, max: 4096 },
  // A device token of today has 64 digits; Apple says that the length may change. Its environment may stand before it.
  apns: { min: 32, max: 211 },
  // The JSON of a subscription: two keys of fixed length, and an endpoint of up to 2048 characters.
  webpush: { min: 160, max: 2240 },
}

export function isAddress({ transport, value }: Address): boolean {
  const { min, max } = RULES[transport]
  const bytes = Buffer.byteLength(value)
  return bytes >= min && bytes <= max && isStorableText(value) && !hasControl(value)
}

/** Throws InputError PUSH_REGISTRATION_INVALID. */
export function assertAddress(address: Address): void {
  if (isAddress(address)) return
  const { transport, value } = address
  const { min, max } = RULES[transport]
  const bytes = Buffer.byteLength(value)
  throw new InputError('PUSH_REGISTRATION_INVALID', {
    detail: `An address of ${transport} is ${min} to ${max} bytes of UTF-8 without control characters; this one is ${bytes} bytes.`,
  })
}
