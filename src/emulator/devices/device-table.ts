// The virtual devices of one emulator, by short id and by address.
import { APNS_ENVIRONMENTS, type ApnsEnvironment } from '../../protocols/apns.ts'
import { FCM_FID } from '../../protocols/fcm.ts'
import type { Clock } from '../../util/clock.ts'
import type { Random } from '../../util/random.ts'
import { EmulatorError } from '../emulator-error.ts'
import { assertState, type BrowserLink, EmulatedDevice } from './emulated-device.ts'
import {
  APPLICATION_SERVER_KEY,
  endpointPath,
  newPushToken,
  newRecipient,
  PUSH_TOKEN,
  type PushResource,
  subscriptionAddress,
} from './push-subscription.ts'
import { type AddressKind, DEVICE_SERVICES, type DeviceService, type DeviceState } from './virtual-device.ts'

const ADDRESS_MAX_BYTES = 4096
const SHORT_ID = /^d[1-9]\d*$/
const APNS_ADDRESS = /^([0-9a-f]{2}){1,256}$/

export interface DeviceInput {
  /** Default `c2dm`. */
  readonly service?: DeviceService | undefined
  /** FCM: what its address is. Default `token`. */
  readonly kind?: AddressKind | undefined
  /**
   * 1 to 4096 bytes; a FID has 22 characters; APNs: hexadecimal in lower case, up to 512 characters; Web Push: what the endpoint ends with, A–Z a–z 0–9 - _ of up to 512.
   * Default: one that looks like those of the service.
   */
  readonly address?: string | undefined
  /** C2DM's name for the address. */
  readonly registrationId?: string | undefined
  /** APNs: the environment that its address belongs to. Default `production`. */
  readonly environment?: ApnsEnvironment | undefined
  /** Default `active`, or what the address's name says. */
  readonly state?: DeviceState | undefined
  /**
   * Web Push: the VAPID public key that it subscribed with, in base64url. Default: that of the first request that comes
   * with a valid one.
   */
  readonly applicationServerKey?: string | undefined
}

export interface BrowserInput {
  readonly resource: PushResource
  readonly browser: BrowserLink
}

export interface DeviceTable {
  create(input?: DeviceInput): EmulatedDevice
  /** The subscription of a real browser. */
  createBrowser(input: BrowserInput): EmulatedDevice
  /** By short id or address; Web Push also by endpoint, or what the endpoint ends with. */
  get(id: string): EmulatedDevice | undefined
  byAddress(service: DeviceService, address: string): EmulatedDevice | undefined
  list(): EmulatedDevice[]
  readonly size: number
  /** Whether there was one. Its waits end with EMULATOR_CLOSED; its address is unknown from now on. */
  remove(id: string): boolean
  clear(): void
}

/** `endpointBase`: where the Web Push service is. */
export function createDeviceTable(clock: Clock, random: Random, endpointBase = () => 'https://localhost'): DeviceTable {
  const byId = new Map<string, EmulatedDevice>()
  const byAddress: Readonly<Record<DeviceService, Map<string, EmulatedDevice>>> = {
    c2dm: new Map(),
    fcm: new Map(),
    webpush: new Map(),
    apns: new Map(),
  }
  let made = 0

  function get(id: string): EmulatedDevice | undefined {
    const service = DEVICE_SERVICES.find((name) => byAddress[name].has(id))
    return byId.get(id) ?? (service && byAddress[service].get(id))
  }

  function virtualResource(token: string, applicationServerKey: string | undefined): PushResource {
    const endpoint = `${endpointBase()}${endpointPath(token, true)}`
    return { token, endpoint, isRestricted: true, applicationServerKey, recipient: newRecipient(random) }
  }

  function add(device: EmulatedDevice): EmulatedDevice {
    byId.set(device.id, device)
    for (const name of namesOf(device)) byAddress[device.service].set(name, device)
    return device
  }

  function remove(id: string): boolean {
    const device = get(id)
    if (!device) return false
    byId.delete(device.id)
    for (const name of namesOf(device)) byAddress[device.service].delete(name)
    device.end(new EmulatorError('EMULATOR_CLOSED', `The virtual device ${device.id} has been removed.`))
    return true
  }

  return {
    create(input = {}) {
      const { service = 'c2dm', state } = input
      const kind = kindOf(input)
      const environment = environmentOf(input)
      const name = input.registrationId ?? input.address ?? newAddress(service, kind, random)
      assertAddress(name, { service, kind, field: input.registrationId === undefined ? 'address' : 'registrationId' })
      if (state !== undefined) assertState(state)
      if (byAddress[service].has(name)) {
        throw new EmulatorError('EMULATOR_CONFLICT', `There is already a device with the address ${name}.`)
      }
      const resource = service === 'webpush' ? virtualResource(name, input.applicationServerKey) : undefined
      const address = resource ? subscriptionAddress(resource) : name
      return add(new EmulatedDevice({ id: `d${++made}`, service, kind, environment, address, state, resource }, clock))
    },
    createBrowser({ resource, browser }) {
      const identity = { id: `d${++made}`, service: 'webpush', address: subscriptionAddress(resource) } as const
      return add(new EmulatedDevice({ ...identity, resource, browser }, clock))
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

/** All by which it is found. */
function namesOf({ address, resource }: EmulatedDevice): string[] {
  return resource ? [address, resource.endpoint, resource.token] : [address]
}

/** Throws EMULATOR_INPUT for what does not fit together. */
function kindOf(input: DeviceInput): AddressKind | undefined {
  const { service = 'c2dm', kind, address, registrationId, applicationServerKey } = input
  if (address !== undefined && registrationId !== undefined) {
    throw new EmulatorError('EMULATOR_INPUT', 'address and registrationId are the same thing; give one of them.')
  }
  if (!DEVICE_SERVICES.includes(service)) {
    throw new EmulatorError('EMULATOR_INPUT', `service must be one of ${DEVICE_SERVICES.join(', ')}.`)
  }
  if (applicationServerKey !== undefined) assertApplicationServerKey(service, applicationServerKey)
  if (service !== 'fcm') {
    if (kind !== undefined) throw new EmulatorError('EMULATOR_INPUT', 'kind is for devices of the service "fcm".')
    return undefined
  }
  if (kind !== undefined && kind !== 'token' && kind !== 'fid') {
    throw new EmulatorError('EMULATOR_INPUT', 'kind must be "token" or "fid".')
  }
  return kind ?? 'token'
}

function environmentOf({ service, environment }: DeviceInput): ApnsEnvironment | undefined {
  if (service !== 'apns') {
    if (environment === undefined) return undefined
    throw new EmulatorError('EMULATOR_INPUT', 'environment is for devices of the service "apns".')
  }
  const known = APNS_ENVIRONMENTS.find((name) => name === (environment ?? 'production'))
  if (known === undefined) {
    throw new EmulatorError('EMULATOR_INPUT', `environment must be one of ${APNS_ENVIRONMENTS.join(', ')}.`)
  }
  return known
}

/** The shapes of real ones; their lengths were never promised, but for a FID's. */
function newAddress(service: DeviceService, kind: AddressKind | undefined, random: Random): string {
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

function assertAddress(address: string, { service, kind, field }: AddressRules): void {
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

function assertApplicationServerKey(service: DeviceService, key: string): void {
  if (service !== 'webpush') {
    throw new EmulatorError('EMULATOR_INPUT', 'applicationServerKey is for devices of the service "webpush".')
  }
  if (!APPLICATION_SERVER_KEY.test(key)) {
    throw new EmulatorError('EMULATOR_INPUT', 'applicationServerKey must be a P-256 point of 65 bytes in base64url.')
  }
}
