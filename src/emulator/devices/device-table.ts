// The virtual devices of one emulator, by short id and by address.
import { FCM_FID } from '../../protocols/fcm.ts'
import type { Clock } from '../../util/clock.ts'
import type { Random } from '../../util/random.ts'
import { EmulatorError } from '../emulator-error.ts'
import { assertState, EmulatedDevice } from './emulated-device.ts'
import type { AddressKind, DeviceService, DeviceState } from './virtual-device.ts'

const ADDRESS_MAX_BYTES = 4096
const SHORT_ID = /^d[1-9]\d*$/

export interface DeviceInput {
  /** Default `c2dm`. */
  readonly service?: DeviceService | undefined
  /** FCM: what its address is. Default `token`. */
  readonly kind?: AddressKind | undefined
  /** 1 to 4096 bytes; a FID has 22 characters. Default: one that looks like those of the service. */
  readonly address?: string | undefined
  /** C2DM's name for the address. */
  readonly registrationId?: string | undefined
  /** Default `active`, or what the address's name says. */
  readonly state?: DeviceState | undefined
}

export interface DeviceTable {
  create(input?: DeviceInput): EmulatedDevice
  /** By short id or address. */
  get(id: string): EmulatedDevice | undefined
  byAddress(service: DeviceService, address: string): EmulatedDevice | undefined
  list(): EmulatedDevice[]
  readonly size: number
  /** Whether there was one. Its waits end with EMULATOR_CLOSED; its address is unknown from now on. */
  remove(id: string): boolean
  clear(): void
}

export function createDeviceTable(clock: Clock, random: Random): DeviceTable {
  const byId = new Map<string, EmulatedDevice>()
  const byAddress = { c2dm: new Map<string, EmulatedDevice>(), fcm: new Map<string, EmulatedDevice>() }
  let made = 0

  const get = (id: string) => byId.get(id) ?? byAddress.c2dm.get(id) ?? byAddress.fcm.get(id)

  function remove(id: string): boolean {
    const device = get(id)
    if (!device) return false
    byId.delete(device.id)
    byAddress[device.service].delete(device.address)
    device.end(new EmulatorError('EMULATOR_CLOSED', `The virtual device ${device.id} has been removed.`))
    return true
  }

  return {
    create(input = {}) {
      const { service = 'c2dm', state } = input
      const kind = kindOf(input)
      const given = input.registrationId ?? input.address
      const address = given ?? newAddress(kind, random)
      assertAddress(address, kind, input.registrationId === undefined ? 'address' : 'registrationId')
      if (state !== undefined) assertState(state)
      if (byAddress[service].has(address)) {
        throw new EmulatorError('EMULATOR_CONFLICT', `There is already a device with the address ${address}.`)
      }
      const device = new EmulatedDevice({ id: `d${++made}`, service, kind, address, state }, clock)
      byId.set(device.id, device)
      byAddress[service].set(address, device)
      return device
    },
    get,
    byAddress: (service, address) => byAddress[service].get(address),
    list: () => [...byId.values()],
    get size() {
      return byId.size
    },
    remove,
    clear() {
      for (const id of [...byId.keys()]) remove(id)
    },
  }
}

/** Throws EMULATOR_INPUT for what does not fit together. */
function kindOf(input: DeviceInput): AddressKind | undefined {
  const { service = 'c2dm', kind, address, registrationId } = input
  if (address !== undefined && registrationId !== undefined) {
    throw new EmulatorError('EMULATOR_INPUT', 'address and registrationId are the same thing; give one of them.')
  }
  if (service === 'c2dm') {
    if (kind !== undefined) throw new EmulatorError('EMULATOR_INPUT', 'kind is for devices of the service "fcm".')
    return undefined
  }
  if (service !== 'fcm') throw new EmulatorError('EMULATOR_INPUT', 'service must be "c2dm" or "fcm".')
  if (kind !== undefined && kind !== 'token' && kind !== 'fid') {
    throw new EmulatorError('EMULATOR_INPUT', 'kind must be "token" or "fid".')
  }
  return kind ?? 'token'
}

/** The shapes of real ones; their lengths were never promised, but for a FID's. */
function newAddress(kind: AddressKind | undefined, random: Random): string {
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

function assertAddress(address: string, kind: AddressKind | undefined, field: string): void {
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
}
