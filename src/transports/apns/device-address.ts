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
const ADDRESS = /^(?:(?:sandbox|production):)?(?:[0-9a-f]{2}){16,100}$/

/** As a device claims it, to the form in which it is kept; `problem` completes «The address …». */
export function normaliseAddress(given: string): { readonly value: string } | { readonly problem: string } {
  const value = given.toLowerCase()
  if (ADDRESS.test(value)) return { value }
  return { problem: 'must be a device token in hexadecimal, alone or after sandbox: or production:.' }
}
