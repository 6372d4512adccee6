import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEmulator, type Emulator, type VirtualDevice } from '../../../src/emulator/create-emulator.ts'
import { createDeviceTable } from '../../../src/emulator/devices/device-table.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { surroundings } from './device-surroundings.ts'
import { accessToken, post } from './fcm-client.ts'

describe('An FCM device', () => {
  const table = createDeviceTable(surroundings())

  it('has an address that looks like a real one', () => {
    const device = table.create({ service: 'fcm' })
    expect(device).toMatchObject({ service: 'fcm', kind: 'token', registrationId: device.address })
    expect(device.address).toMatch(/^[c-f][\w-]{21}:APA91b[\w-]{134}$/)
    expect(table.get(device.address)).toBe(device)
  })

  it('may have the address of a C2DM device', () => {
    const devices = [table.create({ service: 'fcm', address: 'same' }), table.create({ address: 'same' })]
    expect(devices.map(({ service }) => table.byAddress(service, 'same'))).toEqual(devices)
  })

  it.each([
    ['a FID of another length', { service: 'fcm', kind: 'fid', address: 'short' }],
    ['a kind that is none', { service: 'fcm', kind: 'other' }],
    ['a kind for C2DM', { kind: 'token' }],
    ['two addresses', { address: 'a', registrationId: 'b' }],
    ['an address that is there', { service: 'fcm', address: 'same' }],
  ])('cannot be created with %s', (_case, input) => {
    // @ts-expect-error: what a caller without types may pass.
    expect(() => table.create(input)).toThrow(expect.objectContaining({ name: 'EmulatorError' }))
  })
})

describe('While an FCM device cannot be reached', () => {
  let time = Date.now()
  const clock = { now: () => time, sleep: systemClock.sleep }
  let device: ReturnType<ReturnType<typeof createDeviceTable>['create']>

  beforeEach(() => {
    device = createDeviceTable(surroundings(clock)).create({ service: 'fcm', state: 'offline' })
  })

  const take = (n: number, collapseKey = '', more: { ttlMs?: number; highPriority?: boolean } = {}) =>
    device.take({
      providerId: `0:${n}`,
      data: { n: String(n) },
      collapseKey,
      delayWhileIdle: false,
      ttlMs: 60_000,
      ...more,
    })
  const arrived = () => device.inbox.map(({ data }) => Number(data.n))
  function arrivesNow(): number[] {
    device.state = 'active'
    return arrived()
  }

  it('messages wait, the newest of each collapse key, in the order they came', () => {
    take(1, 'a')
    take(2)
    take(3, 'a')
    take(4)
    expect(device.waiting).toBe(3)
    expect(arrivesNow()).toEqual([2, 3, 4])
    expect(device).toMatchObject({ waiting: 0, dropped: 0 })
  })

  it('four collapse keys are kept', () => {
    for (const [n, key] of ['a', 'b', 'c', 'd', 'e'].entries()) take(n, key)
    expect(arrivesNow()).toEqual([1, 2, 3, 4])
    expect(device.dropped).toBe(1)
  })

  it('notifications always collapse: without a key of their own, with each other', () => {
    const notify = (n: number, more: object) =>
      device.take({ providerId: `0:${n}`, data: { n: String(n) }, collapseKey: '', delayWhileIdle: false, ...more })
    notify(1, { notification: { title: 'a' } })
    notify(2, { android: { notification: { title: 'b' } } })
    notify(3, { notification: { title: 'c' }, collapseKey: 'k' })
    take(4)
    expect(arrivesNow()).toEqual([2, 3, 4])
  })

  it('a hundred messages without a collapse key are kept; one more drops them all', () => {
    take(0, 'a')
    for (let n = 1; n <= 100; n++) take(n)
    expect(device).toMatchObject({ waiting: 101, dropped: 0 })
    take(101)
    expect(device).toMatchObject({ waiting: 1, dropped: 101 })
    take(102)
    expect(arrivesNow()).toEqual([0, 102])
  })

  it('a message waits as long as it lives, and one of no life not at all', () => {
    take(1, '', { ttlMs: 1000 })
    take(2, '', { ttlMs: 1001 })
    take(3, '', { ttlMs: 0 })
    expect(device.waiting).toBe(2)
    time += 1000
    expect(device.waiting).toBe(1)
    expect(arrivesNow()).toEqual([2])
  })

  it('high priority reaches it when it is only idle', () => {
    device.state = 'idle'
    take(1)
    take(2, '', { highPriority: true })
    expect(arrived()).toEqual([2])
    expect(arrivesNow()).toEqual([2, 1])
  })

  it('what waited is lost when the app is removed', () => {
    take(1)
    device.state = 'unregistered'
    expect(arrivesNow()).toEqual([])
  })
})

describe('The handshake of an FCM device', () => {
  let emulator: Emulator
  let phone: VirtualDevice
  let close: () => void = () => {}

  beforeEach(async () => {
    emulator = await createEmulator()
    phone = emulator.devices.create({ service: 'fcm' })
  })
  afterEach(async () => {
    close()
    await emulator.close()
  })

  interface Call {
    readonly url: string | undefined
    readonly key: unknown
    readonly body: Readonly<Record<string, unknown>>
  }

  /** A JSON door that sends its confirmation push through the emulator. */
  async function serveDoor(confirmation = 200): Promise<{ url: string; calls: Call[] }> {
    const token = await accessToken(emulator)
    const calls: Call[] = []
    const server = createServer(async (request, response) => {
      let text = ''
      for await (const chunk of request) text += chunk
      const body = JSON.parse(text)
      calls.push({ url: request.url, key: request.headers['sendword-device-key'], body })
      const isRegistration = request.url?.endsWith('/registrations')
      response.statusCode = isRegistration ? 202 : confirmation
      response.end(isRegistration ? '{"state":"pending"}' : '{"deviceKey":"a-key"}')
      if (!isRegistration) return
      await post(emulator, token, { message: { token: body.address, data: { confirmationToken: 'the-secret' } } })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    close = () => {
      server.close()
      server.closeAllConnections()
    }
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls }
  }

  it('registers, reads the secret, confirms and gets the device key', async () => {
    const { url, calls } = await serveDoor()
    expect(await phone.handshake({ url, deviceId: 'device-1' })).toEqual({
      status: 'confirmed',
      deviceId: 'device-1',
      address: phone.address,
      registrationId: phone.address,
      deviceKey: 'a-key',
      message: phone.inbox[0],
    })
    expect(calls).toEqual([
      {
        url: '/v1/apps/default/registrations',
        key: undefined,
        body: { deviceId: 'device-1', transport: 'fcm', address: phone.address },
      },
      {
        url: '/v1/apps/default/confirmations',
        key: undefined,
        body: { deviceId: 'device-1', confirmationToken: 'the-secret' },
      },
    ])
  })

  it('brings the key that it has, to the app that it is told; over the control API too', async () => {
    const { url, calls } = await serveDoor()
    const response = await fetch(`${emulator.url}/devices/${phone.id}/handshake`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ url, app: 'my shop', deviceId: 'device-1', deviceKey: 'old-key' }),
    })
    expect(await response.json()).toMatchObject({ status: 'confirmed', deviceKey: 'a-key' })
    expect(calls[0]).toMatchObject({ url: '/v1/apps/my%20shop/registrations', key: 'old-key' })
  })

  it('tells that the confirmation was refused', async () => {
    const { url } = await serveDoor(400)
    await expect(phone.handshake({ url, deviceId: 'device-1' })).rejects.toMatchObject({
      code: 'EMULATOR_HANDSHAKE',
      step: 'confirmation',
      answered: 400,
    })
  })

  it('has no app or key at the device doors of C2DM', async () => {
    const old = emulator.devices.create()
    const input = { url: 'http://127.0.0.1:1/c2dm', deviceId: 'device-1' }
    for (const more of [{ app: 'default' }, { deviceKey: 'k' }]) {
      await expect(old.handshake({ ...input, ...more })).rejects.toMatchObject({ code: 'EMULATOR_INPUT' })
    }
  })
})
