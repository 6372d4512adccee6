import http from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createHttpClient } from '../../../src/net/http-client.ts'
import { createHttp2Client } from '../../../src/net/http2-client.ts'
import { proxyFor } from '../../../src/net/proxy.ts'
import { startHttp2Server } from '../../kit/http2-server.ts'
import { fixture, startScriptedServer } from '../../kit/scripted-server.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

interface TestProxy {
  readonly url: string
  /** Target and Proxy-Authorization of each CONNECT. */
  readonly seen: { target: string; authorization: string | undefined }[]
}

/** Leads every tunnel to this machine, whatever name it was asked for. */
async function startProxy({ status = 200, port = 0 } = {}): Promise<TestProxy> {
  const seen: TestProxy['seen'] = []
  const sockets = new Set<Socket>()
  const proxy = http.createServer()
  proxy.on('connect', (request: http.IncomingMessage, socket: Socket) => {
    seen.push({ target: request.url ?? '', authorization: request.headers['proxy-authorization'] })
    if (status !== 200) {
      socket.end(`HTTP/1.1 ${status} No\r\n\r\n`)
      return
    }
    const far = connect(port, '127.0.0.1', () => socket.write('HTTP/1.1 200 Connection established\r\n\r\n'))
    for (const one of [socket, far]) {
      sockets.add(one)
      one.on('error', () => {})
    }
    socket.pipe(far)
    far.pipe(socket)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  open.push({
    close() {
      for (const socket of sockets) socket.destroy()
      proxy.closeAllConnections()
      proxy.close()
    },
  })
  return { url: `http://localhost:${(proxy.address() as AddressInfo).port}`, seen }
}

const ca = fixture('localhost-cert.pem')
const POST = { method: 'POST', path: '/', body: 'x' } as const
/** A name that only the proxy could resolve; the certificate is for localhost. */
const TARGET = 'https://push.localhost.example:8443'

describe('HTTP/2 through a proxy', () => {
  it('goes through a CONNECT tunnel with user and password, and TLS is verified within it', async () => {
    const { port, calls } = await opened(startHttp2Server((call) => call.respond(200, 'ok')))
    const { url, seen } = await startProxy({ port })
    const proxy = { url: url.replace('http://', 'http://me:pass%20word@') }
    const client = closing(createHttp2Client({ origin: new URL(TARGET), ca, proxy }))
    // The tunnel stands, and what is at its end has a certificate for another name.
    await expect(client.request(POST)).rejects.toMatchObject({
      code: 'PUSH_TRANSPORT_UNREACHABLE',
      detail: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID'),
    })
    const authorization = `Basic ${Buffer.from('me:pass word').toString('base64')}`
    expect(seen).toEqual([{ target: 'push.localhost.example:8443', authorization }])
    expect(calls).toHaveLength(0)
  })

  it('carries requests, in cleartext too', async () => {
    const { port, calls } = await opened(startHttp2Server((call) => call.respond(200, 'ok'), { tls: false }))
    const { url, seen } = await startProxy({ port })
    const origin = new URL('http://push.example')
    const client = closing(createHttp2Client({ origin, proxy: { url } }))
    expect(await client.request(POST)).toMatchObject({ status: 200, body: 'ok' })
    expect(seen).toEqual([{ target: 'push.example:80', authorization: undefined }])
    expect(calls).toHaveLength(1)
  })

  it('is unreachable when the proxy refuses, and says what it answered but not the password', async () => {
    const { url } = await startProxy({ status: 407 })
    const proxy = { url: url.replace('http://', 'http://me:hush@') }
    const client = closing(createHttp2Client({ origin: new URL(TARGET), proxy }))
    const error = await client.request(POST).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'PUSH_TRANSPORT_UNREACHABLE', detail: expect.stringContaining('PROXY_407') })
    expect(String(error)).not.toContain('hush')
  })

  it('is unreachable when there is no proxy', async () => {
    const client = closing(createHttp2Client({ origin: new URL(TARGET), proxy: { url: 'http://127.0.0.1:1' } }))
    await expect(client.request(POST)).rejects.toMatchObject({ detail: expect.stringContaining('ECONNREFUSED') })
  })
})

describe('HTTP/1.1 through a proxy', () => {
  it('goes through a CONNECT tunnel too', async () => {
    const server = await opened(startScriptedServer((_, response) => response.end('ok')))
    const { url, seen } = await startProxy({ port: Number(new URL(server.url).port) })
    const client = closing(createHttpClient({ maxConnections: 2, proxy: { url } }))
    const request = { method: 'POST', url: new URL('http://token.example/token'), body: 'a=1' } as const
    expect(await client.request(request)).toMatchObject({ status: 200, body: 'ok' })
    expect(await client.request(request)).toMatchObject({ status: 200, body: 'ok' })
    expect(seen).toEqual([{ target: 'token.example:80', authorization: undefined }])
  })

  it('verifies TLS within the tunnel', async () => {
    const server = await opened(startScriptedServer((_, response) => response.end('ok'), { tls: true }))
    const { url } = await startProxy({ port: Number(new URL(server.url).port) })
    const client = closing(createHttpClient({ maxConnections: 2, ca, proxy: { url } }))
    await expect(client.request({ method: 'POST', url: new URL(TARGET) })).rejects.toMatchObject({
      code: 'PUSH_TRANSPORT_UNREACHABLE',
      detail: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID'),
    })
  })
})

describe('proxyFor', () => {
  const through = (target: string, except: string[] = []) =>
    proxyFor(new URL(target), { url: 'http://proxy.example:3128', except })?.host

  it('is none when none is set, and the one that is set otherwise', () => {
    expect(proxyFor(new URL('https://fcm.googleapis.com'), undefined)).toBeUndefined()
    expect(through('https://fcm.googleapis.com')).toBe('proxy.example:3128')
  })

  it.each(['http://localhost:1', 'https://127.0.0.1', 'https://127.8.0.1', 'https://[::1]:1'])(
    'is none for this machine itself: %s',
    (target) => expect(through(target)).toBeUndefined(),
  )

  it.each([
    ['googleapis.com', undefined],
    ['.googleapis.com', undefined],
    ['*.googleapis.com', undefined],
    ['FCM.googleapis.com', undefined],
    ['fcm.googleapis.com:443', undefined],
    ['*', undefined],
    ['fcm.googleapis.com:8443', 'proxy.example:3128'],
    ['apis.com', 'proxy.example:3128'],
    ['example.com', 'proxy.example:3128'],
  ])('obeys the exception %s', (pattern, expected) => {
    expect(through('https://fcm.googleapis.com', ['other.example', pattern])).toBe(expected)
  })
})

async function opened<T extends { close(): unknown }>(opening: Promise<T>): Promise<T> {
  const made = await opening
  open.push(made)
  return made
}

function closing<T extends { close(): unknown }>(made: T): T {
  open.unshift({ close: () => void made.close() })
  return made
}
