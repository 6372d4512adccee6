import { type AddressInfo, createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createHttpClient, type HttpClient, type HttpClientOptions } from '../../../src/net/http-client.ts'
import { type Answer, fixture, type ScriptedServer, startScriptedServer } from '../../kit/scripted-server.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

function client(options: Partial<HttpClientOptions> = {}): HttpClient {
  const made = createHttpClient({ maxConnections: 8, timeoutMs: 5_000, ...options })
  open.push(made)
  return made
}

async function server(answer: Answer, options = {}): Promise<ScriptedServer> {
  const made = await startScriptedServer(answer, options)
  open.push(made)
  return made
}

/** Answers the raw bytes given, and closes if told to. */
async function rawServer(bytes: string, { close = true } = {}): Promise<string> {
  const raw = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => (close ? socket.end(bytes) : socket.write(bytes)))
  })
  await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve))
  open.push(raw)
  return `http://localhost:${(raw.address() as AddressInfo).port}`
}

const post = (url: string, path = '/send') => ({ method: 'POST', url: new URL(path, url), body: 'a=1' }) as const
const NEVER: Answer = () => {}

describe('an answered request', () => {
  it('carries method, headers and body, and brings status, headers and body', async () => {
    const { url, seen } = await server((_, response) => response.writeHead(200, { 'X-Mark': 'yes' }).end('id=1\n'))
    const answer = await client().request({ ...post(url), headers: { Authorization: 'secret' } })
    expect(answer).toMatchObject({ status: 200, body: 'id=1\n', truncated: false, headers: { 'x-mark': 'yes' } })
    expect(seen).toMatchObject([{ method: 'POST', path: '/send', body: 'a=1', headers: { authorization: 'secret' } }])
  })

  it('uses one connection for requests that follow each other', async () => {
    const { url, connections } = await server((_, response) => response.end('ok'))
    const one = client()
    for (let i = 0; i < 5; i++) await one.request(post(url))
    expect(connections()).toBe(1)
  })

  it.each([false, true])('leaves nothing behind on its connection (TLS: %s)', async (tls) => {
    const warnings: Error[] = []
    const onWarning = (warning: Error) => warnings.push(warning)
    process.on('warning', onWarning)
    const { url } = await server((_, response) => response.end('ok'), { tls })
    const one = client({ maxConnections: 1, ca: fixture('localhost-cert.pem') })
    await Promise.all(Array.from({ length: 30 }, () => one.request(post(url))))
    process.off('warning', onWarning)
    expect(warnings).toEqual([])
  })

  it('opens no more connections than it may', async () => {
    const { url, connections } = await server((_, response) => response.end('ok'))
    const one = client({ maxConnections: 3 })
    await Promise.all(Array.from({ length: 30 }, () => one.request(post(url))))
    expect(connections()).toBeLessThanOrEqual(3)
  })

  it('does not follow a redirect', async () => {
    const { url, seen } = await server((_, response) => response.writeHead(302, { Location: '/elsewhere' }).end())
    expect(await client().request(post(url))).toMatchObject({ status: 302 })
    expect(seen).toHaveLength(1)
  })

  it('is cut off at the bound, however long it is', async () => {
    const { url } = await server((_, response) => {
      response.on('error', () => {})
      response.write('x'.repeat(500))
      response.write('x'.repeat(500_000))
    })
    const answer = await client({ maxAnswerBytes: 1_000 }).request(post(url))
    expect(answer).toMatchObject({ status: 200, truncated: true, body: 'x'.repeat(1_000) })
  })
})

describe('a request of which no byte left', () => {
  it('is unreachable when the connection is refused', async () => {
    const gone = await server(NEVER)
    await gone.close()
    await expect(client().request(post(gone.url))).rejects.toMatchObject({
      code: 'PUSH_TRANSPORT_UNREACHABLE',
      detail: expect.stringContaining('ECONNREFUSED'),
    })
  })

  it('is unreachable when the name does not resolve', async () => {
    await expect(client().request(post('http://no-such-host.invalid'))).rejects.toMatchObject({
      code: 'PUSH_TRANSPORT_UNREACHABLE',
    })
  })

  it('is unreachable when the certificate is not trusted, and the server sees no request', async () => {
    const { url, seen, connections } = await server((_, response) => response.end('ok'), { tls: true })
    await expect(client().request(post(url))).rejects.toMatchObject({
      code: 'PUSH_TRANSPORT_UNREACHABLE',
      detail: expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT'),
    })
    expect(connections()).toBe(1)
    expect(seen).toHaveLength(0)
  })

  it('is unreachable when the handshake never ends', async () => {
    const url = await rawServer('', { close: false })
    await expect(client({ timeoutMs: 50 }).request(post(url.replace('http:', 'https:')))).rejects.toMatchObject({
      code: 'PUSH_TRANSPORT_UNREACHABLE',
      detail: expect.stringContaining('within 50 ms'),
    })
  })

  it('is unreachable when no connection became free in time', async () => {
    const { url, seen } = await server(NEVER)
    const one = client({ maxConnections: 1, timeoutMs: 100 })
    const first = one.request(post(url))
    const second = one.request(post(url))
    await expect(first).rejects.toMatchObject({ code: 'PUSH_TRANSPORT_UNANSWERED' })
    await expect(second).rejects.toMatchObject({ code: 'PUSH_TRANSPORT_UNREACHABLE' })
    expect(seen).toHaveLength(1)
  })
})

describe('TLS', () => {
  it('trusts the certificates given', async () => {
    const { url } = await server((_, response) => response.end('ok'), { tls: true })
    const one = client({ ca: fixture('localhost-cert.pem') })
    expect(await one.request(post(url))).toMatchObject({ status: 200, body: 'ok' })
    expect(await one.request(post(url))).toMatchObject({ status: 200, body: 'ok' })
  })
})

describe('a request whose fate is not known', () => {
  it('is unanswered after the deadline', async () => {
    const { url } = await server(NEVER)
    await expect(client({ timeoutMs: 50 }).request(post(url))).rejects.toMatchObject({
      code: 'PUSH_TRANSPORT_UNANSWERED',
      detail: expect.stringContaining('did not answer within 50 ms'),
    })
  })

  it('is unanswered when the deadline passes in the middle of the answer', async () => {
    const { url } = await server((_, response) => response.writeHead(200, { 'Content-Length': 100 }).write('id='))
    await expect(client({ timeoutMs: 50 }).request(post(url))).rejects.toMatchObject({
      code: 'PUSH_TRANSPORT_UNANSWERED',
      detail: expect.stringContaining('within 50 ms'),
    })
  })

  it('is unanswered when the connection is cut before or within the answer', async () => {
    const cutBefore = await server((_, response) => response.socket?.destroy())
    await expect(client().request(post(cutBefore.url))).rejects.toMatchObject({ code: 'PUSH_TRANSPORT_UNANSWERED' })
    const cutWithin = await rawServer('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nid=0:1')
    await expect(client().request(post(cutWithin))).rejects.toMatchObject({ code: 'PUSH_TRANSPORT_UNANSWERED' })
  })

  it('is unanswered when a connection that was used before is cut', async () => {
    const { url } = await server(({ path }, response) => (path === '/first' ? response.end('ok') : response.destroy()))
    const one = client()
    await one.request(post(url, '/first'))
    await expect(one.request(post(url, '/second'))).rejects.toMatchObject({ code: 'PUSH_TRANSPORT_UNANSWERED' })
  })

  it('is unanswered when it waited for a connection of another request, which is then cut', async () => {
    const { url } = await server(({ path }, response) => (path === '/first' ? response.end('ok') : response.destroy()))
    const one = client({ maxConnections: 1 })
    const [first, second] = [one.request(post(url, '/first')), one.request(post(url, '/second'))]
    expect(await first).toMatchObject({ status: 200 })
    await expect(second).rejects.toMatchObject({ code: 'PUSH_TRANSPORT_UNANSWERED' })
  })

  it('is unanswered when the answer is not HTTP, and its bytes are kept out of the error', async () => {
    const url = await rawServer('my-address and other garbage\r\n\r\n')
    const error = await client()
      .request(post(url))
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'PUSH_TRANSPORT_UNANSWERED' })
    const { cause } = error as Error
    expect(Object.keys(cause as object)).toEqual([])
    expect(String(cause)).not.toContain('my-address')
  })
})

describe('an aborted request', () => {
  it('throws the reason of the signal, before, while waiting, and within the answer', async () => {
    const { url, received } = await server(({ path }, response) => {
      if (path === '/within') response.writeHead(200, { 'Content-Length': 100 }).write('id=')
    })
    const one = client()
    const reason = new Error('stop')
    await expect(one.request(post(url), AbortSignal.abort(reason))).rejects.toBe(reason)
    for (const [index, path] of ['/waiting', '/within'].entries()) {
      const controller = new AbortController()
      const request = one.request(post(url, path), controller.signal)
      await received(index + 1)
      controller.abort(reason)
      await expect(request).rejects.toBe(reason)
    }
  })
})
