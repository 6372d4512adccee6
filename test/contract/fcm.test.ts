import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { MessageContent } from '../../src/model/message.ts'
import { FCM_ERROR_CODES, type FcmErrorCode } from '../../src/protocols/fcm.ts'
import { createFcmHarness } from './fcm-harness.ts'
import { burst, opener, send } from './own-tests.ts'
import { describeTransport } from './transport.contract.ts'

describeTransport({ name: 'FCM', http: 2, createHarness: createFcmHarness })

const { open } = opener(createFcmHarness)

describe('FCM', () => {
  const verdicts: Readonly<Record<FcmErrorCode, object>> = {
    UNSPECIFIED_ERROR: { kind: 'deferred', scope: 'device' },
    INVALID_ARGUMENT: { kind: 'rejected' },
    UNREGISTERED: { kind: 'unregistered' },
    SENDER_ID_MISMATCH: { kind: 'unregistered' },
    QUOTA_EXCEEDED: { kind: 'deferred', scope: 'sender', retryAfterMs: 60_000 },
    UNAVAILABLE: { kind: 'deferred', scope: 'sender', retryAfterMs: 30_000 },
    INTERNAL: { kind: 'deferred', scope: 'device', retryAfterMs: 30_000 },
    THIRD_PARTY_AUTH_ERROR: { kind: 'rejected' },
    APNS_AUTH_ERROR: { kind: 'rejected' },
  }

  it.each(FCM_ERROR_CODES)('has a verdict for %s', async (code) => {
    const { transport, emulator, device } = await open()
    emulator.faults.add({ service: 'fcm', effect: { kind: 'error', code } })
    expect(await send(transport, device())).toMatchObject(verdicts[code])
  })

  it.each(['PERMISSION_DENIED', 'NOT_FOUND'] as const)(
    'takes %s without an FcmError for a fault of the configuration, and spares the device',
    async (code) => {
      const { transport, emulator, device } = await open()
      emulator.faults.add({ service: 'fcm', effect: { kind: 'error', code } })
      expect(await send(transport, device())).toEqual({ kind: 'unauthorized', reason: code, probe: true })
    },
  )

  it('takes a project that is not there for a fault of the configuration', async () => {
    const { another, device } = await open()
    const outcome = await send(another({ projectId: 'another-project' }), device())
    expect(outcome).toMatchObject({ kind: 'unauthorized', probe: true })
  })

  it('tells a quota of the device from one of the project', async () => {
    const { transport, emulator, device } = await open()
    emulator.faults.add({ service: 'fcm', effect: { kind: 'error', code: 'QUOTA_EXCEEDED', quota: 'device' } })
    expect(await send(transport, device())).toMatchObject({ kind: 'deferred', scope: 'device', retryAfterMs: 60_000 })
  })

  it('condemns a malformed address only when the same message was taken for another', async () => {
    const { transport, device } = await open()
    const malformed = { address: 'no-token-at-all-but-long-enough' }
    const messageId = '01976f4a-0000-7000-8000-eeeeeeeeeeee'
    expect(await send(transport, malformed, {}, { messageId })).toMatchObject({ kind: 'rejected' })
    expect(await send(transport, device(), {}, { messageId })).toMatchObject({ kind: 'accepted' })
    expect(await send(transport, malformed, {}, { messageId })).toMatchObject({ kind: 'unregistered' })
    expect(await send(transport, malformed)).toMatchObject({ kind: 'rejected' })
  })

  it.each(['', '<html>Bad Gateway</html>', '{"error":'])('survives the body %j of an error', async (body) => {
    const { transport, emulator, device } = await open()
    emulator.faults.add({ service: 'fcm', effect: { kind: 'status', status: 502, body } })
    expect(await send(transport, device())).toEqual({ kind: 'deferred', scope: 'device', reason: 'HTTP 502' })
  })

  it.each(['token', 'fid'] as const)('reaches a device by its %s', async (kind) => {
    const { transport, emulator } = await open()
    const phone = emulator.devices.create({ service: 'fcm', kind })
    expect(await send(transport, phone)).toMatchObject({ kind: 'accepted' })
    expect(phone.inbox).toHaveLength(1)
    const [request] = emulator.requests.recent().filter(({ service }) => service === 'fcm')
    expect(JSON.parse(request?.body ?? '')).toMatchObject({ message: { [kind]: phone.address } })
  })

  it('carries every field as the device is to see it', async () => {
    const { transport, emulator } = await open()
    const phone = emulator.devices.create({ service: 'fcm' })
    const data = { n: '', 'key with space & =': 'line\nline', ünï: '😀' }
    const outcome = await send(
      transport,
      phone,
      {
        data,
        collapseKey: 'c&k',
        urgency: 'high',
        notification: { title: 'T', body: 'B', image: 'https://pics.example/1.png' },
        android: {
          channelId: 'news',
          icon: 'ic_news',
          color: '#00aa55',
          sound: 'default',
          tag: 'one',
          clickAction: 'OPEN',
          imageUrl: 'https://pics.example/2.png',
          visibility: 'private',
          notificationCount: 3,
          sticky: true,
          directBootOk: true,
        },
      },
      { ttlSeconds: 3600 },
    )
    expect(outcome).toMatchObject({ kind: 'accepted', providerId: expect.stringMatching(/^projects\/.+\/messages\//) })
    expect(phone.inbox).toMatchObject([
      { data, collapseKey: 'c&k', notification: { title: 'T', body: 'B', image: 'https://pics.example/1.png' } },
    ])
    expect(phone.inbox[0]?.android).toMatchObject({ ttl: '3600s', priority: 'HIGH', directBootOk: true })
  })

  it('counts the bytes of a message as the push service does', async () => {
    const { transport, device } = await open()
    const phone = device()
    for (const filler of ['x', '/', 'é', '€', '😀']) {
      const content = (length: number): MessageContent => ({
        data: { n: filler.repeat(length), k: '' },
        notification: { title: filler, body: 'b' },
        android: { tag: 't' },
      })
      let fits = 4096
      while (transport.check(content(fits)) !== undefined) fits -= 1
      expect([filler, await send(transport, phone, content(fits))]).toMatchObject([filler, { kind: 'accepted' }])
      expect([filler, await send(transport, phone, content(fits + 1))]).toMatchObject([
        filler,
        { kind: 'rejected', reason: expect.stringContaining('too big') },
      ])
    }
  })

  it.each(['from', 'gcm', 'message_type', 'google', 'google.sent_time', 'gcm.notification.title'])(
    'keeps the key %s from what would be refused anyway',
    async (key) => {
      const { transport, device } = await open()
      const data = { [key]: 'x' }
      expect(transport.check({ data })).toMatchObject({ code: 'PUSH_MESSAGE_INVALID' })
      expect(await send(transport, device(), { data })).toMatchObject({ kind: 'rejected' })
    },
  )

  it('shortens a long collapse key, always to the same', async () => {
    const { transport, emulator } = await open()
    const phone = emulator.devices.create({ service: 'fcm', state: 'offline' })
    const collapseKey = 'k'.repeat(1000)
    await send(transport, phone, { data: { n: '1' }, collapseKey })
    await send(transport, phone, { data: { n: '2' }, collapseKey })
    await send(transport, phone, { data: { n: '3' } })
    await send(transport, phone, { data: { n: '4' } })
    phone.state = 'active'
    expect(phone.inbox.map(({ data }) => data.n)).toEqual(['2', '3', '4'])
  })
})

describe('the sessions to FCM', () => {
  it('take 500 sends at once within a stream limit of 100', async () => {
    const { transport, device } = await open({ emulated: { maxStreams: 100 } })
    const phone = device()
    const outcomes = await burst(transport, phone, 500)
    expect(outcomes.filter(({ kind }) => kind === 'accepted')).toHaveLength(500)
    expect(new Set(phone.arrived()).size).toBe(500)
    expect(phone.arrived()).toHaveLength(500)
  })

  it('are replaced on GOAWAY, and every message arrives once', async () => {
    const { transport, emulator, device } = await open({ emulated: { maxStreams: 50 } })
    const phone = device()
    for (const after of [20, 120, 220]) {
      emulator.faults.add({ service: 'fcm', after, times: 1, effect: { kind: 'goaway' } })
    }
    const outcomes = await burst(transport, phone, 300)
    expect(outcomes.filter(({ kind }) => kind === 'accepted')).toHaveLength(300)
    expect(new Set(phone.arrived()).size).toBe(300)
    expect(phone.arrived()).toHaveLength(300)
  })

  it('that refuse a stream see the message again, once', async () => {
    const { transport, emulator, device } = await open()
    const phone = device()
    emulator.faults.add({ service: 'fcm', times: 3, effect: { kind: 'refused-stream' } })
    expect(await send(transport, phone)).toMatchObject({ kind: 'accepted' })
    expect(phone.arrived()).toEqual(['1'])
  })

  it('that reset a stream leave nobody knowing', async () => {
    const { transport, emulator, device } = await open()
    emulator.faults.add({ service: 'fcm', times: 1, effect: { kind: 'stream-reset' } })
    await expect(send(transport, device())).rejects.toMatchObject({ code: 'PUSH_TRANSPORT_UNANSWERED' })
  })
})

describe('the access token', () => {
  it('that is revoked under 200 concurrent sends is renewed once, and every message arrives once', async () => {
    const { transport, emulator, device } = await open()
    const phone = device()
    await send(transport, phone, { data: { n: 'first' } })
    emulator.expireTokens('fcm')
    const outcomes = await burst(transport, phone, 200)
    expect(outcomes.filter(({ kind }) => kind === 'accepted')).toHaveLength(200)
    expect(phone.arrived()).toHaveLength(201)
    expect(emulator.requests.count('google-oauth')).toBe(2)
  })

  it('is shared by processes that share a store', async () => {
    const { transport, another, emulator, device } = await open()
    const phone = device()
    await send(transport, phone)
    await send(another(), phone)
    emulator.expireTokens('fcm')
    await send(transport, phone)
    await send(another(), phone)
    expect(emulator.requests.count('google-oauth')).toBe(2)
  })

  it('is obtained although it cannot be stored', async () => {
    const { transport, store, device } = await open()
    store.failure = new Error('no database')
    expect(await send(transport, device())).toMatchObject({ kind: 'accepted' })
  })

  it.each(['invalid_grant', 'unauthorized_client', 'invalid_client', 'access_denied'] as const)(
    'that is refused with %s pauses the sender, and nothing is sent',
    async (code) => {
      const { transport, emulator, device } = await open()
      emulator.faults.add({ service: 'google-oauth', effect: { kind: 'error', code } })
      expect(await send(transport, device())).toEqual({ kind: 'unauthorized', reason: code, probe: true })
      expect(emulator.requests.count('fcm')).toBe(0)
    },
  )

  it('is asked for again at once when an operator says that the credential works', async () => {
    const { transport, emulator, device } = await open()
    emulator.faults.add({ service: 'google-oauth', times: 1, effect: { kind: 'error', code: 'invalid_grant' } })
    await send(transport, device())
    expect(await send(transport, device())).toMatchObject({ kind: 'unauthorized' })
    expect(emulator.requests.count('google-oauth')).toBe(1)
    await transport.forgetRefusal()
    expect(await send(transport, device())).toMatchObject({ kind: 'accepted' })
  })

  it('that cannot be had for now makes the sender wait', async () => {
    const { transport, emulator, device } = await open()
    emulator.faults.add({ service: 'google-oauth', effect: { kind: 'status', status: 503, retryAfter: 120 } })
    expect(await send(transport, device())).toMatchObject({ kind: 'deferred', scope: 'sender', retryAfterMs: 120_000 })
    expect(emulator.requests.count('google-oauth')).toBe(1)
  })

  it('is refused to a key that Google does not know', async () => {
    const { another, emulator, device } = await open()
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' })
    const serviceAccount = { ...emulator.credentials.fcm.serviceAccount, private_key: key }
    expect(await send(another({ serviceAccount }), device())).toMatchObject({
      kind: 'unauthorized',
      reason: 'invalid_grant',
    })
  })
})
