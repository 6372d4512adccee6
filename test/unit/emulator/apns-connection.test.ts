import { once } from 'node:events'
import { type ClientHttp2Session, constants } from 'node:http2'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEmulator, type Emulator, type VirtualDevice } from '../../../src/emulator/create-emulator.ts'
import { createManualClock, type ManualClock } from '../../kit/manual-clock.ts'
import { begin, open, providerToken, send } from './apns-client.ts'
import { answerOf } from './fcm-client.ts'

let emulator: Emulator
let clock: ManualClock
let phone: VirtualDevice
let session: ClientHttp2Session
let token: string

beforeEach(async () => {
  clock = createManualClock()
  emulator = await createEmulator({ clock })
  phone = emulator.devices.create({ service: 'apns' })
  session = await open(emulator)
  token = providerToken(emulator, { iat: clock.now() / 1000 })
})
afterEach(async () => {
  session.destroy()
  await emulator.close()
})

const start = () => begin(emulator, session, { to: phone.address, token })
const post = () => answerOf(start())
const limit = () => session.remoteSettings.maxConcurrentStreams

/** The code, last stream id and debug data of the GOAWAY that comes. */
async function goAway(from = session): Promise<readonly [number, number, unknown]> {
  const [code, lastStreamId, debugData] = await once(from, 'goaway')
  return [code, lastStreamId, JSON.parse(Buffer.from(debugData).toString())]
}

describe('A connection to APNs', () => {
  it('has one stream until the first valid token, then as many as SETTINGS say', async () => {
    expect(limit()).toBe(1)
    await send(emulator, session, { to: phone.address, token: 'nonsense' })
    expect(limit()).toBe(1)
    const told = once(session, 'remoteSettings')
    expect((await post()).status).toBe(200)
    await told
    expect(limit()).toBe(1000)
  })

  it('may be told the limit by a request that APNs refuses for another reason', async () => {
    const told = once(session, 'remoteSettings')
    expect((await send(emulator, session, { to: 'ab'.repeat(32), token })).status).toBe(400)
    await told
    expect(limit()).toBe(1000)
  })

  it('tells a new limit only where the sender is known', async () => {
    await Promise.all([once(session, 'remoteSettings'), post()])
    const unknown = await open(emulator)
    const told = once(session, 'remoteSettings')
    emulator.apns.maxStreams = 7
    await told
    expect([limit(), unknown.remoteSettings.maxConcurrentStreams]).toEqual([7, 1])
    await Promise.all([once(unknown, 'remoteSettings'), send(emulator, unknown, { to: phone.address, token })])
    expect(unknown.remoteSettings.maxConcurrentStreams).toBe(7)
    expect(emulator.apns.connections).toBe(2)
    unknown.destroy()
  })

  it('ends after an hour without use, and says so', async () => {
    await clock.advance(1_800_000)
    token = providerToken(emulator, { iat: clock.now() / 1000 })
    await post()
    const ended = goAway()
    await clock.advance(1_800_000)
    expect(session.closed).toBe(false)
    await clock.advance(1_800_000)
    expect(await ended).toEqual([constants.NGHTTP2_NO_ERROR, 1, { reason: 'IdleTimeout' }])
    await once(session, 'close')
  })

  it('answers a PING, which counts as use', async () => {
    await clock.advance(3_599_000)
    await new Promise((resolve) => session.ping(resolve))
    await clock.advance(3_599_000)
    expect(session.closed).toBe(false)
    expect(emulator.apns.connections).toBe(1)
  })

  it('is ended on command, with a reason, and what has begun is answered', async () => {
    await Promise.all([once(session, 'remoteSettings'), post()])
    const fault = emulator.faults.add({ service: 'apns', effect: { kind: 'delay', ms: 1000 } })
    const late = post()
    await emulator.requests.next({ after: 1 })
    expect(fault.struck).toBe(1)
    const ended = goAway()
    emulator.apns.goAway()
    expect(await ended).toEqual([constants.NGHTTP2_NO_ERROR, 3, { reason: 'Shutdown' }])
    await clock.advance(1000)
    expect((await late).status).toBe(200)
    await once(session, 'close')
  })

  it('may be renewed a token after twenty minutes, and must be after an hour', async () => {
    const renewed = () => providerToken(emulator, { iat: clock.now() / 1000 })
    expect((await post()).status).toBe(200)
    await clock.advance(1_199_000)
    const early = await send(emulator, session, { to: phone.address, token: renewed() })
    expect(early.json).toEqual({ reason: 'TooManyProviderTokenUpdates' })
    await clock.advance(1_000)
    expect((await send(emulator, session, { to: phone.address, token: renewed() })).status).toBe(200)
    await clock.advance(2_401_000)
    expect((await post()).json).toEqual({ reason: 'ExpiredProviderToken' })
  })
})
