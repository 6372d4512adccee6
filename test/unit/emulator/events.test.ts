import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createEmulator, type Emulator } from '../../../src/emulator/create-emulator.ts'
import { login, send } from './client.ts'
import { raw } from './control-client.ts'
import { accessToken, post } from './fcm-client.ts'

let emulator: Emulator

beforeAll(async () => {
  emulator = await createEmulator()
})
afterAll(() => emulator.close())
beforeEach(() => emulator.reset())

interface Happening {
  readonly type: string
  // biome-ignore lint/suspicious/noExplicitAny: each test says what it expects of it.
  readonly body: any
}

/** The stream of events; `until` reads on to the first of a type, and gives all up to it. */
async function listen(on = emulator) {
  const leaving = new AbortController()
  const response = await fetch(`${on.url}/events`, { signal: leaving.signal })
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  async function next(): Promise<Happening> {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end >= 0) {
        const [, type = '', data = ''] = /^event: ([a-z-]+)\ndata: (.*)$/.exec(text.slice(0, end)) ?? []
        text = text.slice(end + 2)
        return { type, body: JSON.parse(data) }
      }
      const { value, done } = await reader.read()
      if (done) throw new Error('The stream has ended.')
      text += value
    }
  }
  async function until(type: string): Promise<Happening[]> {
    const seen: Happening[] = []
    do seen.push(await next())
    while (seen.at(-1)?.type !== type)
    return seen
  }
  return { next, until, leave: () => leaving.abort() }
}

describe('GET /events', () => {
  it('begins with a snapshot of what is there', async () => {
    const phone = emulator.devices.create()
    const token = await login(emulator)
    for (const n of ['1', '2', '3', '4', '5', '6']) await send(emulator, { token, to: phone.address, data: { n } })
    const fault = emulator.faults.add({ service: 'fcm', effect: { kind: 'reset' } })
    const events = await listen()
    const { type, body } = await events.next()
    expect(type).toBe('snapshot')
    expect(body).toMatchObject({
      total: 1,
      devices: [{ id: phone.id, address: phone.address, inbox: 6, last: 6 }],
      faults: [{ id: fault.id }],
      clock: { ahead: 0 },
      counts: { c2dm: { accepted: 6 } },
    })
    expect(body.devices[0].messages.map(({ data }: { data: { n: string } }) => data.n)).toEqual(['3', '4', '5', '6'])
    expect(body.requests).toHaveLength(7)
    events.leave()
  })

  it('tells of devices, messages, requests, faults and the clock as they happen', async () => {
    const events = await listen()
    await events.next()
    const phone = emulator.devices.create({ service: 'fcm' })
    expect(await events.next()).toMatchObject({ type: 'device', body: { id: phone.id, state: 'active' } })
    const fault = emulator.faults.add({ service: 'fcm', times: 1, effect: { kind: 'status', status: 503 } })
    expect(await events.next()).toMatchObject({ type: 'fault', body: { id: fault.id, struck: 0 } })
    const token = await accessToken(emulator)
    expect(await events.next()).toMatchObject({ type: 'request', body: { service: 'google-oauth', target: '/token' } })
    const message = { message: { token: phone.address, data: { a: 'b' } } }
    await post(emulator, token, message)
    const struck = await events.until('request')
    expect(struck).toMatchObject([
      { type: 'fault', body: { struck: 1 } },
      { body: { outcome: 'status-503', fault: fault.id } },
    ])
    await post(emulator, token, message)
    expect(await events.until('request')).toMatchObject([
      { type: 'message', body: { device: phone.id, message: { sequence: 1, data: { a: 'b' } } } },
      { type: 'request', body: { outcome: 'accepted', address: phone.address, status: 200 } },
    ])
    phone.state = 'offline'
    expect(await events.next()).toMatchObject({ type: 'device', body: { state: 'offline' } })
    await post(emulator, token, message)
    expect(await events.next()).toMatchObject({ type: 'device', body: { waiting: 1 } })
    await events.next()
    phone.state = 'active'
    expect((await events.until('device')).map(({ type }) => type)).toEqual(['message', 'device'])
    await events.next()
    emulator.clock.advance(1000)
    expect(await events.next()).toMatchObject({ type: 'clock', body: { ahead: 1000 } })
    emulator.faults.remove(fault.id)
    expect(await events.next()).toEqual({ type: 'fault-removed', body: { id: fault.id } })
    emulator.devices.remove(phone.id)
    expect(await events.next()).toEqual({ type: 'device-removed', body: { id: phone.id } })
    emulator.requests.clear()
    expect(await events.next()).toEqual({ type: 'cleared', body: {} })
    events.leave()
  })

  it('shows the newest 500 of many devices, and says how many there are', async () => {
    for (let n = 0; n < 510; n++) emulator.devices.create()
    const events = await listen()
    const { body } = await events.next()
    expect({ total: body.total, shown: body.devices.length }).toEqual({ total: 510, shown: 500 })
    events.leave()
  })

  it('cuts off a listener that does not read, and serves the next one', async () => {
    const deaf = connect(Number(new URL(emulator.url).port), '127.0.0.1')
    deaf.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await once(deaf, 'readable')
    const phone = emulator.devices.create({ service: 'fcm', address: 'x'.repeat(4096) })
    const cut = once(deaf, 'close')
    for (let n = 0; n < 2500; n++) phone.state = n % 2 === 0 ? 'offline' : 'active'
    deaf.resume()
    await cut
    const events = await listen()
    expect((await events.next()).body.total).toBe(1)
    events.leave()
  })

  it('answers HEAD without a stream', async () => {
    expect((await raw(emulator, { method: 'HEAD', path: '/events' })).status).toBe(200)
  })

  it('ends when the emulator closes', async () => {
    const own = await createEmulator()
    const events = await listen(own)
    await events.next()
    const ended = expect(events.next()).rejects.toThrow()
    await own.close()
    await ended
  })
})
