// The npm package apns2 against the emulator. Of its options only the host can lead there; its port is 443, always, and it
// trusts what the process trusts. So it either finds the emulator on that port, or is given another connection pool.
import { generateKeyPairSync } from 'node:crypto'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { ApnsClient, type ApnsOptions, Notification, SilentNotification } from 'apns2'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  createEmulator,
  type Emulator,
  EmulatorError,
  type EmulatorOptions,
  type VirtualDevice,
} from '../../../src/emulator/create-emulator.ts'

type Pool = ApnsClient['client']

let emulator: Emulator
let phone: VirtualDevice
const clients: ApnsClient[] = []

async function begin(options: EmulatorOptions = {}): Promise<void> {
  emulator = await createEmulator(options)
  phone = emulator.devices.create({ service: 'apns' })
}
async function end(): Promise<void> {
  await Promise.all(clients.splice(0).map((client) => client.close()))
  await emulator.close()
}

function createClient(options: Partial<ApnsOptions> = {}): ApnsClient {
  const { teamId: team, keyId, key: signingKey, bundleId: defaultTopic } = emulator.credentials.apns
  const client = new ApnsClient({ team, keyId, signingKey, defaultTopic, ...options })
  clients.push(client)
  return client
}

/** The same class of pool, leading to the emulator. */
function withPool(client: ApnsClient): ApnsClient {
  const PoolClass = client.client.constructor as new (origin: string, options: object) => Pool
  const options = { allowH2: true, connections: 4, connect: { ca: emulator.ca } }
  return Object.assign(client, { client: new PoolClass(emulator.services.apns.url, options) })
}

describe('apns2 with another connection pool', () => {
  beforeEach(() => begin())
  afterEach(end)

  it('sends, and the phone has it', async () => {
    const client = withPool(createClient())
    await client.send(new Notification(phone.address, { alert: 'Hello', data: { order: '42' } }))
    expect(await phone.nextMessage()).toMatchObject({
      data: { order: '42' },
      payload: { aps: { alert: 'Hello' } },
      pushType: 'alert',
    })
  })

  it('sends to many at once', async () => {
    const phones = Array.from({ length: 50 }, () => emulator.devices.create({ service: 'apns' }))
    const results = await withPool(createClient()).sendMany(phones.map(({ address }) => new Notification(address)))
    expect(results.filter((result) => 'error' in result)).toEqual([])
    expect(phones.map(({ inbox }) => inbox.length)).toEqual(phones.map(() => 1))
  })

  it('sends in the background with the priority that this needs', async () => {
    await withPool(createClient()).send(new SilentNotification(phone.address))
    expect(await phone.nextMessage()).toMatchObject({ pushType: 'background', priority: 5 })
  })

  it('learns that its key is another, and that a device is gone', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const signingKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const notification = new Notification(phone.address, { alert: 'Hello' })
    await expect(withPool(createClient({ signingKey })).send(notification)).rejects.toMatchObject({
      statusCode: 403,
      reason: 'InvalidProviderToken',
    })
    phone.state = 'unregistered'
    await expect(withPool(createClient()).send(notification)).rejects.toMatchObject({
      statusCode: 410,
      reason: 'Unregistered',
    })
  })

  it('makes no mistake that the emulator would object to', async () => {
    const client = withPool(createClient())
    for (let n = 0; n < 20; n++) await client.send(new Notification(phone.address, { alert: 'Hello' }))
    expect(emulator.requests.counts().apns).toEqual({ accepted: 20 })
  })
})

describe('apns2 with its host changed', () => {
  const authorities = getCACertificates()
  let isListening = true

  beforeAll(async () => {
    await begin({ apnsPort: 443 }).catch((error: unknown) => {
      if (!(error instanceof EmulatorError && error.code === 'EMULATOR_LISTEN')) throw error
      isListening = false
    })
    if (isListening) setDefaultCACertificates([...authorities, emulator.ca])
  })
  afterAll(async () => {
    setDefaultCACertificates(authorities)
    if (isListening) await end()
  })

  it('sends to the emulator on port 443', async ({ skip }) => {
    skip(!isListening, 'this user may not listen on port 443, or somebody else does')
    const client = createClient({ host: 'localhost' })
    await client.send(new Notification(phone.address, { alert: 'Hello' }))
    expect(phone.inbox).toHaveLength(1)
  })
})
