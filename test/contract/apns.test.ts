import { describe, expect, it } from 'vitest'
import { createApnsHarness } from './apns-harness.ts'
import { burst, opener, send } from './own-tests.ts'
import { describeTransport } from './transport.contract.ts'

const QUARTER_HOUR_MS = 900_000
describeTransport({ name: 'APNs', http: 2, createHarness: createApnsHarness, waitMs: QUARTER_HOUR_MS })

const { open } = opener(createApnsHarness)

describe('APNs', () => {
  it('gets every field as the device is to see it', async () => {
    const { transport, emulator } = await open()
    const phone = emulator.devices.create({ service: 'apns' })
    const data = { n: '', 'key with space & =': 'line\nline', ünï: '😀' }
    const outcome = await send(
      transport,
      phone,
      {
        data,
        collapseKey: 'c&k',
        urgency: 'high',
        notification: {
          title: 'T',
          body: 'B',
          badge: 3,
          sound: 'default',
          image: 'https://x/1.png',
          url: 'https://x/',
        },
      },
      { ttlSeconds: 3600 },
    )
    const [push] = phone.inbox
    expect(outcome).toEqual({ kind: 'accepted', providerId: push?.providerId })
    expect(push).toMatchObject({
      collapseKey: 'c&k',
      pushType: 'alert',
      topic: emulator.credentials.apns.bundleId,
      payload: {
        aps: { alert: { title: 'T', body: 'B' }, badge: 3, sound: 'default', 'mutable-content': 1 },
        image: 'https://x/1.png',
        url: 'https://x/',
        ...data,
      },
    })
  })

  it('takes each push type with the topic that belongs to it', async () => {
    const { transport, emulator, device } = await open()
    const phone = device()
    for (const pushType of [
      'voip',
      'complication',
      'fileprovider',
      'location',
      'liveactivity',
      'pushtotalk',
      'widgets',
    ]) {
      const overrides = { apns: { headers: { 'apns-push-type': pushType } } }
      expect([pushType, await send(transport, phone, { overrides })]).toMatchObject([pushType, { kind: 'accepted' }])
    }
    expect(emulator.requests.recent().map(({ outcome }) => outcome)).not.toContain('malformed')
  })

  it.each([undefined, 'voip'])(
    'counts the bytes of a message of the type %s as the push service does',
    async (type) => {
      const { transport, device } = await open()
      const phone = device()
      const overrides = type === undefined ? undefined : { apns: { headers: { 'apns-push-type': type } } }
      for (const filler of ['x', '"', 'é', '😀']) {
        const content = (length: number) => ({ data: { n: filler.repeat(length) }, overrides })
        let fits = 5120
        while (transport.check(content(fits)) !== undefined) fits -= 1
        expect([filler, await send(transport, phone, content(fits))]).toMatchObject([filler, { kind: 'accepted' }])
        expect([filler, await send(transport, phone, content(fits + 1))]).toMatchObject([
          filler,
          { kind: 'rejected', reason: 'PayloadTooLarge' },
        ])
      }
    },
  )

  it('is two services: a device of the one is unknown to the other', async () => {
    const { transport, emulator } = await open()
    const phone = emulator.devices.create({ service: 'apns', environment: 'sandbox' })
    expect(await send(transport, phone)).toEqual({ kind: 'unregistered', reason: 'BadDeviceToken' })
    expect(await send(transport, { address: `sandbox:${phone.address}` })).toMatchObject({ kind: 'accepted' })
  })

  it('says since when an address is dead, and a registration after that is another matter', async () => {
    const { transport, emulator } = await open()
    const phone = emulator.devices.create({ service: 'apns' })
    const before = Date.now() - 60_000
    phone.state = 'unregistered'
    expect(await send(transport, phone, {}, { addressSince: before })).toEqual({
      kind: 'unregistered',
      reason: 'Unregistered',
    })
    const after = Date.now() + 60_000
    expect(await send(transport, phone, {}, { addressSince: after })).toMatchObject({
      kind: 'deferred',
      scope: 'device',
      reason: 'Unregistered',
    })
  })

  it('collapses what has one key on a device that is offline', async () => {
    const { transport, emulator } = await open()
    const phone = emulator.devices.create({ service: 'apns', state: 'offline' })
    const collapseKey = 'k'.repeat(1000)
    await send(transport, phone, { data: { n: '1' }, collapseKey })
    await send(transport, phone, { data: { n: '2' }, collapseKey })
    phone.state = 'active'
    expect(phone.inbox.map(({ data }) => data.n)).toEqual(['2'])
  })
})

describe('the sessions to APNs', () => {
  it('take 500 sends at once within a stream limit of 100', async () => {
    const { transport, emulator, device } = await open({ emulated: { maxStreams: 100 } })
    const phone = device()
    const outcomes = await burst(transport, phone, 500)
    expect(outcomes.filter(({ kind }) => kind === 'accepted')).toHaveLength(500)
    expect(new Set(phone.arrived()).size).toBe(500)
    expect(emulator.apns.connections).toBeGreaterThan(1)
  })

  it('that refuse a stream see the notification again, once', async () => {
    const { transport, emulator, device } = await open()
    const phone = device()
    emulator.faults.add({ service: 'apns', times: 3, effect: { kind: 'refused-stream' } })
    expect(await send(transport, phone)).toMatchObject({ kind: 'accepted' })
    expect(phone.arrived()).toEqual(['1'])
  })

  it.each(['IdleTimeout', 'Shutdown'] as const)(
    'that end with %s are replaced, and the notification arrives',
    async (code) => {
      const { transport, emulator, device } = await open()
      const phone = device()
      emulator.faults.add({ service: 'apns', times: 1, effect: { kind: 'error', code } })
      expect(await send(transport, phone)).toMatchObject({ kind: 'accepted' })
      expect(phone.arrived()).toEqual(['1'])
    },
  )
})

describe('the key', () => {
  it('that is revoked pauses the sender, and works again when it is restored', async () => {
    const { transport, emulator, device } = await open()
    emulator.apns.revokeKey()
    expect(await send(transport, device())).toEqual({
      kind: 'unauthorized',
      reason: 'InvalidProviderToken',
      probe: true,
    })
    emulator.apns.restoreKey()
    await transport.forgetRefusal()
    expect(await send(transport, device())).toMatchObject({ kind: 'accepted' })
  })

  it('has one token for all transports of the process', async () => {
    const { transport, another, emulator, device } = await open()
    await burst(transport, device(), 20)
    await burst(another(), device(), 20)
    expect(new Set(emulator.requests.recent().map(({ headers }) => headers.authorization)).size).toBe(1)
  })
})

describe('a certificate', () => {
  it('takes the place of the key: no token goes along, and many streams from the start', async () => {
    const { another, emulator, device } = await open()
    const { certificate, certificateKey, bundleId: topic } = emulator.credentials.apns
    const phone = device()
    const transport = another({
      key: undefined,
      keyId: undefined,
      teamId: undefined,
      certificate,
      certificateKey,
      topic,
    })
    const outcomes = await burst(transport, phone, 200)
    expect(outcomes.filter(({ kind }) => kind === 'accepted')).toHaveLength(200)
    expect(new Set(emulator.requests.recent().map(({ headers }) => headers.authorization))).toEqual(
      new Set([undefined]),
    )
  })
})
