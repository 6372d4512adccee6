// The server around the doors and the API: health, slow and broken connections, the log, listening and stopping.
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createServer } from '../../../src/http/server.ts'
import { confirmedDevice, createCoreKit } from '../../kit/core.ts'
import { recordingLogger } from '../../kit/recording-logger.ts'
import { API_KEY, parseRaw, type Serving, sendRaw, serve } from './serving.ts'

const logger = recordingLogger()
let serving: Serving
beforeAll(async () => {
  serving = await serve({ logger, limits: { headersMs: 300, requestMs: 300, checkMs: 20 } })
})
afterAll(() => serving[Symbol.asyncDispose]())

const AUTHORIZED = `Host: x\r\nAuthorization: Bearer ${API_KEY}\r\n`

function expectRawProblem(text: string, status: number, code: string): void {
  const { status: got, head, body } = parseRaw(text)
  expect(got, text).toBe(status)
  expect(head.toLowerCase()).toContain('content-type: application/problem+json')
  expect(head.toLowerCase()).toContain('connection: close')
  expect(JSON.parse(body)).toMatchObject({ status, code })
}

describe('health', () => {
  test.each(['/healthz', '/readyz', '/healthz?verbose=1'])('%s is answered 200 without a key', async (path) => {
    const answer = await fetch(`${serving.server.url}${path}`)
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ status: 'ok' })
  })

  test('other methods are answered 405', async () => {
    const answer = await fetch(`${serving.server.url}/readyz`, { method: 'POST' })
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe('GET, HEAD')
    expect((await fetch(`${serving.server.url}/readyz`, { method: 'HEAD' })).status).toBe(200)
  })

  test('without a database the process lives but is not ready', async () => {
    const kit = await createCoreKit()
    await using server = disposable(await createServer(kit.core, { host: '127.0.0.1', port: 0 }))
    await kit.core.close(0)
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
    const answer = await fetch(`${server.url}/readyz`)
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ code: 'PUSH_CLOSED' })
    await kit[Symbol.asyncDispose]()
  })
})

describe('slow clients', () => {
  test('that do not finish their headers are answered 408', async () => {
    expectRawProblem(await serving.raw('GET /healthz HTTP/1.1\r\nHost: x\r\n'), 408, 'PUSH_REQUEST_TIMEOUT')
  })

  test.each([
    ['Content-Length: 100', '{"data":'],
    ['Transfer-Encoding: chunked', '8\r\n{"data":\r\n'],
  ])('that do not finish their body (%s) are answered 408, and nothing is stored', async (header, part) => {
    await confirmedDevice(serving, 'slow-device')
    const before = await serving.counts()
    const head = `POST /v1/apps/default/devices/slow-device/messages HTTP/1.1\r\n${AUTHORIZED}Content-Type: application/json\r\n${header}\r\n\r\n`
    expectRawProblem(await serving.raw(head + part), 408, 'PUSH_REQUEST_TIMEOUT')
    expect(await serving.counts()).toEqual(before)
  })

  test('that were answered before their body came are cut without a second answer', async () => {
    const text = await serving.raw('POST /c2dm/registration HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nslow')
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 501'])
  })

  test('of a kept connection are answered after the answer before', async () => {
    const text = await serving.raw('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /heal')
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 408'])
  })

  test('are no fault of ours in the log', () => {
    expect(logger.lines.filter((line) => /^(error|warn)/.test(line))).toEqual([])
  })
})

describe('broken connections', () => {
  test.each([
    ['noise', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['another protocol', 'EHLO example.com\r\n'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['an old version', 'GET / HTTP/0.9\r\n\r\n'],
    ['a version to come', 'GET / HTTP/3.0\r\nHost: x\r\n\r\n'],
    [
      'an endless chunk extension',
      `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(20_000)}`,
    ],
  ])('%s is answered with a problem', async (_fact, bytes) => {
    const { status, body } = parseRaw(await serving.raw(Buffer.from(bytes, 'latin1')))
    expect(status).toBeGreaterThanOrEqual(400)
    expect(JSON.parse(body)).toMatchObject({ status })
  })

  test('a request target of * has nothing behind it', async () => {
    expectRawProblem(
      await serving.raw('OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
      404,
      'PUSH_REQUEST_NOT_FOUND',
    )
  })

  test('an upgrade is not taken', async () => {
    const upgrade = 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n'
    expect(parseRaw(await serving.raw(upgrade)).status).toBe(200)
  })

  test('a client that leaves in the middle disturbs nobody', async () => {
    const { port } = new URL(serving.server.url)
    for (const bytes of [
      'GET /heal',
      `POST /v1/apps/default/devices/device-left/messages HTTP/1.1\r\n${AUTHORIZED}Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{`,
    ]) {
      const socket = connect(Number(port), '127.0.0.1')
      await once(socket, 'connect')
      socket.write(bytes, () => socket.resetAndDestroy())
      await once(socket, 'close')
    }
    expect((await fetch(`${serving.server.url}/healthz`)).status).toBe(200)
    expect(logger.lines.filter((line) => /^(error|warn)/.test(line))).toEqual([])
  })

  test('a broken request behind a good one is not answered in its place', async () => {
    expect(await serving.raw('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nFOO BAR\r\n\r\n')).toBe('')
  })
})

describe('the log', () => {
  test('has a line for each request, without the doors’ query and the key', async () => {
    const phone = serving.emulator.devices.create()
    await phone.handshake({ url: `${serving.server.url}/c2dm`, deviceId: 'logged-device' })
    await fetch(`${serving.server.url}/c2dm/registration/?device_id=logged-device&registration_id=too`, {
      method: 'PUT',
    })
    await serving.api('/v1/apps/default/devices?limit=7')
    await serving.api('/v1/apps/default/devices?limit=8&token=my-secret-token')
    const text = logger.lines.join('\n')
    expect(text).toMatch(
      /debug request .*"method":"GET","path":"\/c2dm\/registration\?\[redacted\]","status":200,"ms":\d+/,
    )
    expect(text).toContain('"path":"/v1/apps/default/devices?limit=7","status":200')
    expect(text).not.toContain(phone.registrationId)
    expect(text).not.toContain((await phone.nextMessage()).data.registration_token)
    expect(text).not.toContain('my-secret-token')
    expect(text).not.toContain(API_KEY)
  })
})

describe('listening', () => {
  test('where something else listens is refused with host, port and cure', async () => {
    const port = Number(new URL(serving.server.url).port)
    const taken = createServer(serving.core, { host: '127.0.0.1', port })
    await expect(taken).rejects.toMatchObject({
      code: 'PUSH_HTTP_LISTEN',
      detail: `Cannot listen on 127.0.0.1, port ${port}: something else listens there.`,
      cure: expect.stringContaining('--port'),
    })
  })

  test('at an address that is not ours is refused', async () => {
    const foreign = createServer(serving.core, { host: '192.0.2.1', port: 0 })
    await expect(foreign).rejects.toMatchObject({
      code: 'PUSH_HTTP_LISTEN',
      detail: expect.stringContaining('no such address'),
    })
  })

  test('beyond this machine says once that TLS is the proxy’s job', async () => {
    const about = () => logger.lines.filter((line) => line.includes('TLS'))
    expect(about()).toEqual([])
    await using server = disposable(await createServer(serving.core, { host: '0.0.0.0', port: 0 }))
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
    expect(about()).toHaveLength(1)
  })

  test('takes no more connections than it may', async () => {
    await using server = disposable(
      await createServer(serving.core, { host: '127.0.0.1', port: 0, limits: { connections: 1 } }),
    )
    const { port } = new URL(server.url)
    const first = connect(Number(port), '127.0.0.1')
    first.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(first, 'data')
    await expect(sendRaw(server.url, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')).resolves.toBe('')
    first.destroy()
  })
})

describe('stopping', () => {
  const slowRequest = (device: string, length: number) =>
    `POST /v1/apps/default/devices/${device}/messages HTTP/1.1\r\n${AUTHORIZED}Content-Type: application/json\r\nContent-Length: ${length}\r\nExpect: 100-continue\r\n\r\n`

  async function startedRequest(url: string, device: string, length: number) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    const chunks: Buffer[] = []
    socket.write(slowRequest(device, length))
    // The server has the request once it asks for the body.
    await once(socket, 'data')
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('error', () => {})
    return { socket, closed: once(socket, 'close').then(() => Buffer.concat(chunks).toString()) }
  }

  test('lets a request in flight finish, and takes no new connection', async () => {
    await confirmedDevice(serving, 'stop-device')
    const server = await createServer(serving.core, { host: '127.0.0.1', port: 0 })
    const body = '{"data":{"a":"1"}}'
    const { socket, closed } = await startedRequest(server.url, 'stop-device', body.length)
    const idle = connect(Number(new URL(server.url).port), '127.0.0.1')
    await once(idle, 'connect')
    const stopped = server.close(10_000)
    expect(server.close(10_000)).toBe(stopped)
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow()
    socket.write(body)
    const text = await closed
    expect(text).toMatch(/^HTTP\/1\.1 202/)
    expect(text.toLowerCase()).toContain('connection: close')
    await stopped
    idle.destroy()
  })

  test('cuts what is not finished in its time', async () => {
    await confirmedDevice(serving, 'cut-device')
    const server = await createServer(serving.core, { host: '127.0.0.1', port: 0 })
    const { closed } = await startedRequest(server.url, 'cut-device', 100)
    const before = await serving.counts()
    await server.close(50)
    expect(await closed).toBe('')
    expect(await serving.counts()).toEqual(before)
  })

  test('does not wait for idle connections', async () => {
    const server = await createServer(serving.core, { host: '127.0.0.1', port: 0 })
    const silent = connect(Number(new URL(server.url).port), '127.0.0.1')
    await once(silent, 'connect')
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
    await server.close(600_000)
    silent.destroy()
  })
})

function disposable(server: Awaited<ReturnType<typeof createServer>>) {
  return { ...server, [Symbol.asyncDispose]: () => server.close(0) }
}
