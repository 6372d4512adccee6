// The addresses of virtual devices: new ones that look like those of their services, and what is wrong with given ones.
import { FCM_FID } from '../../protocols/fcm.ts'
import type { Random } from '../../util/random.ts'
import { EmulatorError } from '../emulator-error.ts'
import { APPLICATION_SERVER_KEY, newPushToken, PUSH_TOKEN } from './push-subscription.ts'
import type { AddressKind, DeviceService } from './virtual-device.ts'

const ADDRESS_MAX_BYTES = 4096
const SHORT_ID = /^d[1-9]\d*$/
const APNS_ADDRESS = /^([0-9a-f]{2}){1,256}$/

/** The shapes of real ones; their lengths were never promised, but for a FID's. */
export function newAddress(service: DeviceService, kind: AddressKind | undefined, random: Random): string {
  if (service === 'webpush') return newPushToken(random)
  if (service === 'apns') return random.bytes(32).toString('hex')
  if (kind === undefined) return `APA91b${random.bytes(85).toString('base64url')}`
  const fid = newFid(random)
  return kind === 'fid' ? fid : `${fid}:APA91b${random.bytes(100).toString('base64url')}`
}

/** 128 bits and a bit more: the first four bits are 0111, so that a FID begins with c, d, e or f. */
function newFid(random: Random): string {
  const bytes = random.bytes(17)
  bytes[0] = 0b0111_0000 | ((bytes[0] ?? 0) & 0b0000_1111)
  return bytes.toString('base64url').slice(0, 22)
}

interface AddressRules {
  readonly service: DeviceService
  readonly kind: AddressKind | undefined
  readonly field: string
}

export function assertAddress(address: string, { service, kind, field }: AddressRules): void {
  const bytes = Buffer.byteLength(address)
  if (bytes === 0 || bytes > ADDRESS_MAX_BYTES || !address.isWellFormed()) {
    throw new EmulatorError(
      'EMULATOR_INPUT',
      `${field} is ${bytes} bytes; it must be well-formed text of 1 to ${ADDRESS_MAX_BYTES}.`,
    )
  }
  if (SHORT_ID.test(address)) {
    throw new EmulatorError('EMULATOR_INPUT', `${field} ${address} looks like a device's short id.`)
  }
  if (kind === 'fid' && !FCM_FID.test(address)) {
    throw new EmulatorError('EMULATOR_INPUT', `${field} is no FID: those are 22 characters of A–Z a–z 0–9 - _.`)
  }
  if (service === 'apns' && !APNS_ADDRESS.test(address)) {
    throw new EmulatorError(
      'EMULATOR_INPUT',
      `${field} must be bytes in hexadecimal, in lower case, up to 512 characters.`,
    )
  }
  if (service === 'webpush' && !PUSH_TOKEN.test(address)) {
    throw new EmulatorError(
      'EMULATOR_INPUT',
      `${field} must be what the endpoint ends with: up to 512 characters of A–Z a–z 0–9 - _.`,
    )
  }
}

export function assertApplicationServerKey(service: DeviceService, key: string): void {
  if (service !== 'webpush') {
    throw new EmulatorError('EMULATOR_INPUT', 'applicationServerKey is for devices of the service "webpush".')
  }
  if (!APPLICATION_SERVER_KEY.test(key)) {
    throw new EmulatorError('EMULATOR_INPUT', 'applicationServerKey must be a P-256 point of 65 bytes in base64url.')
  }
}
