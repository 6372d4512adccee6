// The virtual devices of one emulator, by short id and by address.
import { APNS_ENVIRONMENTS, type ApnsEnvironment } from '../../protocols/apns.ts'
import type { Random } from '../../util/random.ts'
import { EmulatorError } from '../emulator-error.ts'
import { assertAddress, assertApplicationServerKey, newAddress } from './device-address.ts'
import { assertState, type BrowserLink, type DeviceSurroundings, EmulatedDevice } from './emulated-device.ts'
import { endpointPath, newRecipient, type PushResource, subscriptionAddress } from './push-subscription.ts'
import { type AddressKind, DEVICE_SERVICES, type DeviceService, type DeviceState } from './virtual-device.ts'

/** Addresses that devices had; of the oldest nothing is known any more. */
const LEFT_LIMIT = 10_000

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
  /**
   * Gives the device another address, as when its app is restored or its browser subscribes anew; the old one is that of
   * an app that was removed. Throws EMULATOR_UNKNOWN, EMULATOR_INPUT or EMULATOR_CONFLICT.
   */
  rotate(id: string, address?: string): EmulatedDevice
  /** Whether there was one. Its waits end with EMULATOR_CLOSED; its address is unknown from now on. */
  remove(id: string): boolean
  clear(): void
}

export interface DeviceTableParts extends DeviceSurroundings {
  readonly random: Random
  removed(id: string): void
  /** Where the Web Push service is. */
  endpointBase(): string
}

export function createDeviceTable(parts: DeviceTableParts): DeviceTable {
  const { random, endpointBase } = parts
  const byId = new Map<string, EmulatedDevice>()
  const byAddress: Readonly<Record<DeviceService, Map<string, EmulatedDevice>>> = {
    c2dm: new Map(),
    fcm: new Map(),
    webpush: new Map(),
    apns: new Map(),
  }
  /** What is left at addresses that devices had: apps that are gone. */
  const left = new Map<string, EmulatedDevice>()
  let made = 0

  function get(id: string): EmulatedDevice | undefined {
    const service = DEVICE_SERVICES.find((name) => byAddress[name].has(id))
    return byId.get(id) ?? (service && byAddress[service].get(id))
  }

  /** One that no device has, or EMULATOR_CONFLICT. */
  function claim(service: DeviceService, name: string): void {
    if (byAddress[service].has(name)) {
      throw new EmulatorError('EMULATOR_CONFLICT', `There is already a device with the address ${name}.`)
    }
    left.delete(leftKey(service, name))
  }

  /** For whoever sends to an address that its device has no more. */
  function leave(device: EmulatedDevice): void {
    const { id, service, kind, environment, address, resource } = device
    const gone = { id, service, kind, environment, address, resource, state: 'unregistered' } as const
    const tomb = new EmulatedDevice(gone, { ...parts, changed() {}, arrived() {} })
    for (const name of namesOf(device)) {
      byAddress[service].delete(name)
      left.set(leftKey(service, name), tomb)
    }
    while (left.size > LEFT_LIMIT) left.delete(left.keys().next().value ?? '')
  }

  function virtualResource(token: string, applicationServerKey: string | undefined): PushResource {
    const endpoint = `${endpointBase()}${endpointPath(token, true)}`
    return { token, endpoint, isRestricted: true, applicationServerKey, recipient: newRecipient(random) }
  }

  function add(device: EmulatedDevice): EmulatedDevice {
    byId.set(device.id, device)
    for (const name of namesOf(device)) byAddress[device.service].set(name, device)
    parts.changed(device)
    return device
  }

  function remove(id: string): boolean {
    const device = get(id)
    if (!device) return false
    byId.delete(device.id)
    for (const name of namesOf(device)) byAddress[device.service].delete(name)
    device.end(new EmulatorError('EMULATOR_CLOSED', `The virtual device ${device.id} has been removed.`))
    parts.removed(device.id)
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
      claim(service, name)
      const resource = service === 'webpush' ? virtualResource(name, input.applicationServerKey) : undefined
      const address = resource ? subscriptionAddress(resource) : name
      return add(new EmulatedDevice({ id: `d${++made}`, service, kind, environment, address, state, resource }, parts))
    },
    createBrowser({ resource, browser }) {
      const identity = { id: `d${++made}`, service: 'webpush', address: subscriptionAddress(resource) } as const
      return add(new EmulatedDevice({ ...identity, resource, browser }, parts))
    },
    get,
    byAddress: (service, address) => byAddress[service].get(address) ?? left.get(leftKey(service, address)),
    list: () => [...byId.values()],
    get size() {
      return byId.size
    },
    rotate(id, given) {
      const device = get(id)
      if (!device) throw new EmulatorError('EMULATOR_UNKNOWN', `There is no device ${id}.`)
      const { service, kind, resource } = device
      if (device.isBrowser) {
        throw new EmulatorError('EMULATOR_INPUT', `${device.id} is a real browser: the page in it subscribes anew.`)
      }
      const name = given ?? newAddress(service, kind, random)
      assertAddress(name, { service, kind, field: 'address' })
      claim(service, name)
      leave(device)
      const moved = resource && virtualResource(name, resource.applicationServerKey)
      device.moveTo(moved ? subscriptionAddress(moved) : name, moved)
      return add(device)
    },
    remove,
    clear() {
      left.clear()
      for (const id of [...byId.keys()]) remove(id)
    },
  }
}

function leftKey(service: DeviceService, name: string): string {
  return `${service} ${name}`
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
