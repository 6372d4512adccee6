// An APNs address: the device token, and the environment it belongs to where that is said.
import { APNS_ENVIRONMENTS, type ApnsEnvironment } from '../../protocols/apns.ts'

export interface DeviceAddress {
  readonly environment: ApnsEnvironment
  /** In hexadecimal. */
  readonly token: string
}

/** `<hex>` belongs to `fallback`; `sandbox:<hex>` and `production:<hex>` say it themselves. */
export function readDeviceAddress(address: string, fallback: ApnsEnvironment): DeviceAddress {
  for (const environment of APNS_ENVIRONMENTS) {
    if (address.startsWith(`${environment}:`)) return { environment, token: address.slice(environment.length + 1) }
  }
  return { environment: fallback, token: address }
}

/** Apple says that the length may change; today it is 64 digits. */
const TOKEN = /^(?:[0-9a-f]{2}){16,100}$/

/**
 * As a device claims it, to the form in which it is kept: lower case, with its environment, so that a phone has one address
 * however it writes it. `problem` completes «The address …».
 */
export function normaliseAddress(
  given: string,
  fallback: ApnsEnvironment,
): { readonly value: string } | { readonly problem: string } {
  const { environment, token } = readDeviceAddress(given.toLowerCase(), fallback)
  if (TOKEN.test(token)) return { value: `${environment}:${token}` }
  return { problem: 'must be a device token in hexadecimal, alone or after sandbox: or production:.' }
}
