import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createEmulator, type Emulator } from '../../../src/emulator/create-emulator.ts'
import { raw } from './control-client.ts'

let emulator: Emulator
let host: string

beforeAll(async () => {
  emulator = await createEmulator({ allowedHosts: ['Emulator.test'] })
  host = new URL(emulator.url).host
})
afterAll(() => emulator.close())

const reset = (headers: Record<string, string>) => raw(emulator, { method: 'POST', path: '/reset', headers })

describe('The control API', () => {
  it.each([
    ['no browser at all', {}],
    ['its own page', () => ({ origin: `http://${host}`, 'sec-fetch-site': 'same-origin' })],
    ['what somebody typed', { 'sec-fetch-site': 'none' }],
    ['localhost', { host: 'localhost:7320', origin: 'http://localhost:7320' }],
    ['a name under localhost', { host: 'emulator.localhost:1' }],
    ['an IPv6 address', { host: '[::1]:7320' }],
    ['an address of another interface', { host: '192.168.1.7:7320' }],
    ['a name it was told', { host: 'emulator.test:7320', origin: 'http://emulator.test:7320' }],
  ])('serves %s', async (_case, headers) => {
    expect((await reset(typeof headers === 'function' ? headers() : headers)).status).toBe(204)
  })

  it.each([
    ['a page of another origin', () => ({ origin: 'https://evil.example' })],
    ['a page of another port', () => ({ origin: 'http://127.0.0.1:1' })],
    ['a page over TLS', () => ({ origin: `https://${host}` })],
    ['a sandboxed frame', () => ({ origin: 'null' })],
    ['a form of another site', () => ({ 'sec-fetch-site': 'cross-site' })],
    ['a form of the same site', () => ({ 'sec-fetch-site': 'same-site' })],
    ['a name that was bent to this machine', () => ({ host: 'evil.example:7320' })],
    ['such a name with its own origin', () => ({ host: 'evil.example', origin: 'http://evil.example' })],
    ['a name that begins like an address', () => ({ host: '127.0.0.1.evil.example' })],
    ['a name that ends like localhost', () => ({ host: 'evillocalhost' })],
    ['a name that looks like one it was told', () => ({ host: 'x.emulator.test' })],
    ['what is no name', () => ({ host: 'a b' })],
  ])('serves nothing to %s', async (_case, headers) => {
    emulator.devices.create({ registrationId: 'stays' })
    const { status, body } = await reset(headers())
    expect({ status, code: JSON.parse(body).code }).toEqual({ status: 403, code: 'EMULATOR_FORBIDDEN' })
    expect(emulator.devices.get('stays')).toBeDefined()
    emulator.devices.clear()
  })

  it('reads nothing to pages of others either, yet a link to it works', async () => {
    for (const path of ['/', '/devices', '/events', '/ca.pem', '/phones']) {
      expect((await raw(emulator, { path, headers: { host: 'evil.example' } })).status).toBe(403)
      expect((await raw(emulator, { path, headers: { origin: 'https://evil.example' } })).status).toBe(403)
    }
    const followed = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', accept: 'text/html' }
    expect((await raw(emulator, { path: '/phones', headers: followed })).status).toBe(200)
  })

  it('gives no page leave to read its answers', async () => {
    const { headers } = await raw(emulator, { path: '/' })
    expect(headers['access-control-allow-origin']).toBeUndefined()
  })
})

describe('The push services on the plain port', () => {
  it('are found under any name, as senders in other containers use it', async () => {
    const answer = await raw(emulator, { method: 'POST', path: '/c2dm/send', headers: { host: 'push:7320' } })
    expect(answer.body).toMatch(/^The emulator objects: Content-Type/)
  })

  it('let no page subscribe as a browser', async () => {
    const url = emulator.services.webpush.autopushUrl
    const open = (origin?: string, name = host) =>
      new WebSocket(url, ['push-notification'], { ...(origin !== undefined && { origin }), headers: { host: name } })
    for (const origin of ['https://evil.example', 'http://127.0.0.1:1', 'null']) {
      const [error] = await once(open(origin), 'error')
      expect(error.message).toMatch(/403/)
    }
    const [bent] = await once(open('http://evil.example:7320', 'evil.example:7320'), 'error')
    expect(bent.message).toMatch(/403/)
    for (const origin of [undefined, url, emulator.url]) {
      const socket = open(origin)
      await once(socket, 'open')
      socket.terminate()
    }
  })

  it('outlive a client that asks for a WebSocket and breaks the connection', async () => {
    const { hostname, port } = new URL(emulator.url)
    const ask = (path: string, more: string) =>
      `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${more}\r\n`
    for (let round = 0; round < 50; round++) {
      const socket = connect(Number(port), hostname)
      socket.on('error', () => {})
      await once(socket, 'connect')
      const asked = round % 2 === 0 ? ask('/nothing', '') : ask('/autopush', 'Origin: https://evil.example\r\n')
      await new Promise((resolve) => socket.write(asked, resolve))
      socket.resetAndDestroy()
      await once(socket, 'close')
    }
    expect((await raw(emulator, { path: '/' })).status).toBe(200)
  })
})
