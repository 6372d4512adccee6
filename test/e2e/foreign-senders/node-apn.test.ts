// The npm package @parse/node-apn against the emulator: only its `address`, `port`, `ca` and credentials are changed.
import { generateKeyPairSync } from 'node:crypto'
import { Notification, Provider, type ProviderOptions } from '@parse/node-apn'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEmulator, type Emulator, type VirtualDevice } from '../../../src/emulator/create-emulator.ts'

let emulator: Emulator
let phone: VirtualDevice
const providers: Provider[] = []

beforeEach(async () => {
  emulator = await createEmulator()
  phone = emulator.devices.create({ service: 'apns' })
})
afterEach(async () => {
  await Promise.all(providers.splice(0).map((provider) => provider.shutdown()))
  await emulator.close()
})

function createProvider(options: ProviderOptions = {}, url = emulator.services.apns.url): Provider {
  const { hostname, port } = new URL(url)
  const provider = new Provider({ address: hostname, port: Number(port), ca: [emulator.ca], ...options })
  providers.push(provider)
  return provider
}

function token(key = emulator.credentials.apns.key) {
  const { keyId, teamId } = emulator.credentials.apns
  return { key, keyId, teamId }
}

function greeting(): Notification {
  const notification = new Notification({ alert: { title: 'Hello' }, payload: { order: '42' } })
  notification.topic = emulator.credentials.apns.bundleId
  notification.pushType = 'alert'
  return notification
}

describe('@parse/node-apn', () => {
  it('sends with a token key, and the phone has it', async () => {
    const { sent, failed } = await createProvider({ token: token() }).send(greeting(), phone.address)
    expect({ sent: sent.map(({ device }) => device), failed }).toEqual({ sent: [phone.address], failed: [] })
    const message = await phone.nextMessage()
    expect(message).toMatchObject({ data: { order: '42' }, payload: { aps: { alert: { title: 'Hello' } } } })
    expect(message.pushType).toBe('alert')
  })

  it('sends to the sandbox', async () => {
    const other = emulator.devices.create({ service: 'apns', environment: 'sandbox' })
    const provider = createProvider({ token: token() }, emulator.services.apns.sandboxUrl)
    expect((await provider.send(greeting(), other.address)).sent).toHaveLength(1)
    expect(other.inbox).toHaveLength(1)
  })

  it('sends with a certificate, to many at once', async () => {
    const { certificate: cert, certificateKey: key } = emulator.credentials.apns
    const phones = Array.from({ length: 50 }, () => emulator.devices.create({ service: 'apns' }).address)
    const { sent } = await createProvider({ cert, key }).send(greeting(), phones)
    expect(sent).toHaveLength(50)
  })

  it('sends to many at once when its connection is known', async () => {
    const provider = createProvider({ token: token() })
    await provider.send(greeting(), phone.address)
    const phones = Array.from({ length: 50 }, () => emulator.devices.create({ service: 'apns' }).address)
    expect((await provider.send(greeting(), phones)).sent).toHaveLength(50)
  })

  it('sends to many at once from its first request on, where more than one stream is allowed', async () => {
    emulator.apns.firstStreams = 100
    const phones = Array.from({ length: 50 }, () => emulator.devices.create({ service: 'apns' }).address)
    expect((await createProvider({ token: token() }).send(greeting(), phones)).sent).toHaveLength(50)
  })

  it('learns that its key is another, and that a device is gone', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const other = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const refused = await createProvider({ token: token(other) }).send(greeting(), phone.address)
    expect(refused.failed).toMatchObject([{ status: 403, response: { reason: 'InvalidProviderToken' } }])
    phone.state = 'unregistered'
    const gone = await createProvider({ token: token() }).send(greeting(), phone.address)
    expect(gone.failed).toMatchObject([{ status: 410, response: { reason: 'Unregistered' } }])
    expect(phone.inbox).toEqual([])
  })

  it('makes no mistake that the emulator would object to', async () => {
    const provider = createProvider({ token: token() })
    for (let n = 0; n < 20; n++) await provider.send(greeting(), phone.address)
    expect(emulator.requests.counts().apns).toEqual({ accepted: 20 })
  })
})
