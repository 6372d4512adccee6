// A core with all four push services of one emulator, and devices on them that are registered already.
import type { Core } from '../../src/app/core.ts'
import type { AppOptions } from '../../src/app/options/sendword-options.ts'
import type { Emulator, VirtualDevice } from '../../src/emulator/create-emulator.ts'
import { addressHash, type TransportName } from '../../src/model/address.ts'
import { webPushAddress } from '../../src/model/web-push-address.ts'
import { systemClock } from '../../src/util/clock.ts'
import { uuidv7 } from '../../src/util/ids.ts'
import { systemRandom } from '../../src/util/random.ts'
import { type CoreKit, type CoreOptions, createCoreKit, emulatedC2dm, TEST_SECRET } from './core.ts'
import { query } from './query.ts'

export interface FourServices extends AsyncDisposable {
  readonly core: Core
  readonly kit: CoreKit
  /** Options of an app that lead to the emulator. */
  readonly app: AppOptions
  /** Puts a device on a push service, in the database at once. */
  add(device: NewDevice): Promise<VirtualDevice>
}

export interface NewDevice {
  readonly deviceId: string
  readonly transport: TransportName
  readonly userId?: string
  readonly locale?: string
  readonly labels?: Readonly<Record<string, string>>
}

export async function createFourServices(own: AppOptions = {}, input: CoreOptions = {}): Promise<FourServices> {
  const kit = await createCoreKit(input)
  await kit.core.close(5_000)
  const app = { ...fourServices(kit.emulator), ...own }
  const core = await kit.open({ options: { ...input.options, secret: TEST_SECRET, apps: { default: app } } })
  return {
    core,
    kit,
    app,
    add: (device) => addDevice(kit, device),
    [Symbol.asyncDispose]: () => kit[Symbol.asyncDispose](),
  }
}

/** Repeats come within milliseconds. */
function fourServices(emulator: Emulator): AppOptions {
  const { credentials, services, ca } = emulator
  const repeats = { retryBaseSeconds: 0.01, retryCapSeconds: 0.05 }
  const { key, keyId, teamId, bundleId: topic } = credentials.apns
  const { host, hostname } = new URL(services.webpush.url)
  const { serviceAccount } = credentials.fcm
  return {
    c2dm: emulatedC2dm(emulator),
    fcm: { ...services.fcm, serviceAccount: { ...serviceAccount }, ca, ...repeats },
    apns: { key, keyId, teamId, topic, ...services.apns, ca, ...repeats },
    webpush: { allowedHosts: [host], allowPrivateAddresses: [hostname], ca, retryBaseSeconds: 0.01 },
  }
}

async function addDevice({ emulator, url }: CoreKit, device: NewDevice): Promise<VirtualDevice> {
  const { deviceId, transport, userId = null, locale = null, labels = {} } = device
  const virtual = emulator.devices.create({ service: transport })
  const value = transport === 'webpush' ? webPushAddress(JSON.stringify(virtual.subscription)) : virtual.address
  if (value === undefined) throw new Error('The emulator’s subscription is none.')
  await query(
    url,
    `INSERT INTO sendword.device (id, app, device_id, transport, address, address_hash, state, created_at, last_seen_at,
                                  user_id, locale, labels)
     VALUES ($1, 'default', $2, $3, $4, $5, 'active', now(), now(), $6, $7, $8)`,
    [
      uuidv7(systemClock, systemRandom),
      ...[deviceId, transport, value, addressHash({ transport, value })],
      ...[userId, locale, JSON.stringify(labels)],
    ],
  )
  return virtual
}

/** What a device is told next, whatever the push service is. */
export async function nextText(device: VirtualDevice): Promise<Readonly<Record<string, unknown>>> {
  const { data, notification, payload, plaintext } = await device.nextMessage()
  device.clearInbox()
  if (plaintext !== undefined) return JSON.parse(plaintext) as Record<string, unknown>
  if (payload !== undefined) return { data, aps: payload.aps }
  return notification === undefined ? { data } : { data, notification }
}
