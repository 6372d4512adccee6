import { once } from 'node:events'
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createEmulator, type Emulator, type VirtualDevice } from '../../../src/emulator/create-emulator.ts'
import { login, send } from './client.ts'

let emulator: Emulator
let phone: VirtualDevice
let server: Server | undefined

beforeEach(async () => {
  emulator = await createEmulator()
  phone = emulator.devices.create()
})
afterEach(async () => {
  await emulator.close()
  server?.closeAllConnections()
  server?.close()
  server = undefined
})

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/c2dm`
}

interface Doors {
  readonly calls: string[]
  readonly url: string
}

/** A server with the two doors, as small as can be. The answers can be changed by step. */
async function serveDoors(
  answers: { registration?: number; confirmation?: number; pushes?: boolean } = {},
): Promise<Doors> {
  const calls: string[] = []
  const secret = 'secret + & 24 characters'

  async function register(response: ServerResponse, to: string): Promise<void> {
    const { registration = 200, pushes = registration === 200 } = answers
    const token = await login(emulator)
    const data = { registration_token: secret }
    if (pushes) await send(emulator, { token, to, data, collapseKey: 'registration_token', delayWhileIdle: true })
    response.writeHead(registration).end()
  }

  const url = await serve((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x')
    calls.push(`${request.method} ${pathname} ${searchParams.get('device_id')}`)
    if (pathname === '/c2dm/registration') {
      register(response, searchParams.get('registration_id') ?? '').catch(() => response.destroy())
      return
    }
    const right = pathname === '/c2dm/confirmation' && searchParams.get('registration_token') === secret
    response.writeHead(right ? (answers.confirmation ?? 200) : 400).end()
  })
  return { calls, url }
}

const deviceId = 'hash & ünïcode +1'

describe('A handshake', () => {
  it.each(['', '/'])('registers, reads the secret and confirms, at a url ending in "c2dm%s"', async (end) => {
    const { calls, url } = await serveDoors()
    const result = await phone.handshake({ url: `${url}${end}`, deviceId })
    expect(result).toEqual({
      status: 'confirmed',
      deviceId,
      address: phone.registrationId,
      registrationId: phone.registrationId,
      message: phone.inbox[0],
    })
    expect(calls).toEqual([`GET /c2dm/registration ${deviceId}`, `GET /c2dm/confirmation ${deviceId}`])
  })

  it('can be played over the control API', async () => {
    const { url } = await serveDoors()
    const response = await fetch(`${emulator.url}/devices/${phone.id}/handshake`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ url, deviceId, timeoutMs: 5000 }),
    })
    expect(response.status).toBe(200)
    const { message } = (await response.json()) as { message: { data: object } }
    expect(message.data).toHaveProperty('registration_token')
  })

  it('takes the secret of this registration, not an earlier one', async () => {
    await send(emulator, {
      token: await login(emulator),
      to: phone.registrationId,
      data: { registration_token: 'old' },
    })
    const { url } = await serveDoors()
    expect(await phone.handshake({ url, deviceId })).toMatchObject({ status: 'confirmed', message: { sequence: 2 } })
  })

  it('passes over other messages', async () => {
    const { url } = await serveDoors()
    const handshake = phone.handshake({ url, deviceId })
    await send(emulator, { token: await login(emulator), to: phone.registrationId, data: { greeting: 'hello' } })
    expect(await handshake).toMatchObject({ status: 'confirmed' })
  })

  it.each([
    ['registration', { registration: 400 }, 400],
    ['registration', { registration: 302 }, 302],
    ['confirmation', { confirmation: 400 }, 400],
    ['confirmation', { confirmation: 503 }, 503],
  ] as const)('tells that the %s was not answered 200: %j', async (step, answers, answered) => {
    const { url } = await serveDoors(answers)
    await expect(phone.handshake({ url, deviceId })).rejects.toMatchObject({
      code: 'EMULATOR_HANDSHAKE',
      step,
      answered,
      message: expect.stringContaining(`The ${step} (GET ${url}/${step}) was answered ${answered}, not 200.`),
    })
  })

  it('tells that no confirmation push came', async () => {
    const naps: { ms: number; wake: () => void }[] = []
    const clock = {
      now: () => Date.now(),
      sleep: (ms: number) => new Promise<void>((wake) => naps.push({ ms, wake })),
    }
    await using ruled = await createEmulator({ clock })
    const { url } = await serveDoors({ pushes: false })
    const handshake = ruled.devices.create().handshake({ url, deviceId, timeoutMs: 200 })
    const failed = expect(handshake).rejects.toMatchObject({
      code: 'EMULATOR_HANDSHAKE',
      step: 'push',
      answered: undefined,
      message: expect.stringMatching(/no confirmation push came: it took more than 200 ms.*active/),
    })
    // The second nap is the wait on the inbox: the registration has been answered.
    await vi.waitUntil(() => naps.length === 2)
    naps.find(({ ms }) => ms === 200)?.wake()
    await failed
  })

  it('tells that the server does not answer, or is not there', async () => {
    const silent = await serve(() => {})
    const slow = phone.handshake({ url: silent, deviceId, timeoutMs: 50 })
    await expect(slow).rejects.toThrow(/registration .* got no answer: it took more than 50 ms/)
    server?.closeAllConnections()
    server?.close()
    const refused = phone.handshake({ url: silent, deviceId })
    await expect(refused).rejects.toThrow(/registration .* got no answer: .*ECONNREFUSED/)
  })

  it('says over the control API which step failed and how', async () => {
    const { url } = await serveDoors({ confirmation: 400 })
    const response = await fetch(`${emulator.url}/devices/${phone.id}/handshake`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ url, deviceId }),
    })
    expect(response.status).toBe(502)
    const problem = await response.json()
    expect(problem).toMatchObject({ code: 'EMULATOR_HANDSHAKE', step: 'confirmation', answered: 400 })
  })

  it('rejects with the signal’s reason', async () => {
    const { url } = await serveDoors({ pushes: false })
    const stop = new AbortController()
    const handshake = phone.handshake({ url, deviceId, signal: stop.signal })
    const reason = new Error('enough')
    stop.abort(reason)
    await expect(handshake).rejects.toBe(reason)
  })

  it.each([
    'http://example.com/c2dm',
    'http://10.0.0.1/c2dm',
    'http://127.0.0.1.example.com/c2dm',
    'http://localhost.example.com/c2dm',
    'http://user:secret@localhost/c2dm',
    'http://localhost/c2dm?x=1',
    'http://localhost/c2dm#x',
    'ftp://localhost/c2dm',
    'file:///etc/passwd',
    'not a url',
  ])('is not played with %s', async (url) => {
    await expect(phone.handshake({ url, deviceId })).rejects.toMatchObject({ code: 'EMULATOR_INPUT' })
  })
})
