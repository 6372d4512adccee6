import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createHttp2Client, type Http2Client, type Http2ClientOptions } from '../../../src/net/http2-client.ts'
import { type Http2Call, type Http2Server, type Http2ServerOptions, startHttp2Server } from '../../kit/http2-server.ts'
import { fixture } from '../../kit/scripted-server.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function server(answer: (call: Http2Call) => void, options?: Http2ServerOptions): Promise<Http2Server> {
  const made = await startHttp2Server(answer, options)
  open.push(made)
  return made
}

function client(origin: URL, options: Partial<Http2ClientOptions> = {}): Http2Client {
  const made = createHttp2Client({ origin, ca: fixture('localhost-cert.pem'), timeoutMs: 10_000, ...options })
  // Before the server, so that no stream keeps it.
  open.unshift({ close: () => void made.close() })
  return made
}

const POST = { method: 'POST', path: '/send', body: 'a=1' } as const
const UNANSWERED = { name: 'TransportError', code: 'PUSH_TRANSPORT_UNANSWERED' }
const UNREACHABLE = { name: 'TransportError', code: 'PUSH_TRANSPORT_UNREACHABLE' }
const many = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i))
const echo = (call: Http2Call) => call.respond(200, call.body)

describe('an answered request', () => {
  it.each([true, false])('carries method, path, headers and body, and brings the answer (TLS: %s)', async (tls) => {
    const { url, calls } = await server((call) => call.respond(201, 'é', { 'x-mark': 'yes' }), { tls })
    const answer = await client(url).request({ ...POST, headers: { authorization: 'Bearer x' } })
    expect(answer).toMatchObject({ status: 201, body: 'é', truncated: false, headers: { 'x-mark': 'yes' } })
    expect(calls).toMatchObject([
      { body: 'a=1', headers: { ':method': 'POST', ':path': '/send', authorization: 'Bearer x' } },
    ])
  })

  it('is cut off at the bound, however long it is', async () => {
    const { url } = await server((call) => {
      call.stream.respond({ ':status': 200 })
      call.stream.write('x'.repeat(500_000))
    })
    const answer = await client(url, { maxAnswerBytes: 1_000 }).request(POST)
    expect(answer).toMatchObject({ status: 200, truncated: true, body: 'x'.repeat(1_000) })
  })

  it('may have no body', async () => {
    const { url } = await server((call) => {
      call.stream.respond({ ':status': 204 }, { endStream: true })
    })
    expect(await client(url).request({ method: 'GET', path: '/' })).toMatchObject({ status: 204, body: '' })
  })
})

describe('sessions', () => {
  it('are one for requests that follow each other, and for those at once within the stream limit', async () => {
    const { url, sessions } = await server(echo)
    const one = client(url)
    for (let i = 0; i < 5; i++) await one.request(POST)
    await Promise.all(many(100, () => one.request(POST)))
    expect(sessions).toHaveLength(1)
  })

  it('are filled up to the peer’s stream limit, and no further are opened than allowed', async () => {
    const counts = new Map<object, number>()
    let most = 0
    const { url, sessions } = await server(
      (call) => {
        const streams = (counts.get(call.session) ?? 0) + 1
        counts.set(call.session, streams)
        most = Math.max(most, streams)
        setImmediate(() => {
          counts.set(call.session, (counts.get(call.session) ?? 0) - 1)
          call.respond(200, call.body)
        })
      },
      { settings: { maxConcurrentStreams: 10 } },
    )
    const one = client(url, { maxSessions: 2 })
    const answers = await Promise.all(many(200, (i) => one.request({ ...POST, body: String(i) })))
    expect(answers.map(({ body }) => body)).toEqual(many(200, String))
    expect(most).toBeLessThanOrEqual(10)
    expect(sessions).toHaveLength(2)
  })

  it('hold to a bound of ours where the peer has none', async () => {
    let inFlight = 0
    let most = 0
    const { url } = await server((call) => {
      inFlight += 1
      most = Math.max(most, inFlight)
      setImmediate(() => {
        inFlight -= 1
        call.respond(200)
      })
    })
    const one = client(url, { maxSessions: 1, maxStreams: 7 })
    await Promise.all(many(100, () => one.request(POST)))
    expect(most).toBeLessThanOrEqual(7)
  })

  it('carry thousands of streams at once', async () => {
    const held: Http2Call[] = []
    const { url } = await server((call) => {
      held.push(call)
      if (held.length === 3_000) for (const one of held) one.respond(200, one.body)
    })
    const one = client(url, { maxSessions: 1, maxStreams: 5_000 })
    const body = 'x'.repeat(4_096)
    const answers = await Promise.all(many(3_000, () => one.request({ ...POST, body })))
    expect(answers.every((answer) => answer.status === 200 && answer.body === body)).toBe(true)
  })

  it('that are idle end, and a new one is opened when it is needed', async () => {
    const { url, sessions } = await server(echo)
    const one = client(url, { idleMs: 30 })
    await one.request(POST)
    await new Promise((resolve) => sessions[0]?.once('close', resolve))
    await one.request(POST)
    expect(sessions).toHaveLength(2)
  })
})

describe('a server that goes away', () => {
  it('with a GOAWAY: what it did not look at is sent again on a new session, each once', async () => {
    const seen: string[] = []
    const { url, sessions } = await server((call) => {
      const { session, number } = call
      if (number > 3 && session === sessions[0]) return
      seen.push(call.body)
      if (number < 3) return call.respond(200, call.body)
      if (number === 3) {
        // Everything after this stream was not looked at.
        session.goaway(0, call.stream.id)
        return call.respond(200, call.body)
      }
      call.respond(200, call.body)
    })
    const one = client(url)
    const answers = await Promise.all(many(20, (i) => one.request({ ...POST, body: String(i) })))
    expect(answers.map(({ body }) => body)).toEqual(many(20, String))
    expect(seen.sort()).toEqual(many(20, String).sort())
    expect(sessions).toHaveLength(2)
  })

  it('with a GOAWAY for an error: what it had taken is unanswered, the rest is sent again', async () => {
    const { url, sessions } = await server((call) => {
      if (call.session !== sessions[0]) return call.respond(200, call.body)
      if (call.number === 5) call.session.goaway(11, 5)
    })
    const one = client(url)
    const results = await Promise.allSettled(many(5, (i) => one.request({ ...POST, body: String(i) })))
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'fulfilled', 'fulfilled'])
    expect(results[0]).toMatchObject({ reason: UNANSWERED })
  })

  it('with a GOAWAY in the middle of an answer that it then denies: nothing of that is in the one that counts', async () => {
    const { url, sessions } = await server(({ number, session, stream, respond }) => {
      if (session !== sessions[0]) return respond(201, 'all')
      if (number === 1) return
      stream.respond({ ':status': 500 })
      stream.write('half', () => session.goaway(11, 1))
    })
    const one = client(url)
    const [, second] = await Promise.allSettled([one.request(POST), one.request(POST)])
    expect(second).toMatchObject({ status: 'fulfilled', value: { status: 201, body: 'all' } })
  })

  it('with REFUSED_STREAM: the request is sent again', async () => {
    const { url, calls } = await server((call) => (call.number <= 2 ? call.stream.close(7) : echo(call)))
    expect(await client(url).request(POST)).toMatchObject({ status: 200 })
    expect(calls).toHaveLength(3)
  })

  it('and refuses whatever comes: the request is given up, unsent', async () => {
    const { url, calls } = await server((call) => call.stream.close(7))
    await expect(client(url).request(POST)).rejects.toMatchObject(UNREACHABLE)
    expect(calls.length).toBeLessThan(10)
  })

  it('while the connection is cut: what was on its way is unanswered, and the next request has a new one', async () => {
    const { url, sockets, calls } = await server((call) => {
      if (call.number === 2) for (const socket of sockets) socket.destroy()
      if (call.number > 2) echo(call)
    })
    const one = client(url)
    const results = await Promise.allSettled([one.request(POST), one.request(POST)])
    expect(results).toMatchObject([{ reason: UNANSWERED }, { reason: UNANSWERED }])
    expect(await one.request(POST)).toMatchObject({ status: 200 })
    expect(calls).toHaveLength(3)
  })

  it('just after another session could not be opened: what waits goes over a new one at once', async () => {
    const { url, sockets, calls, received } = await server((call) => call.number > 1 && call.respond(200))
    let isRefused = false
    const addressesOf = async () => {
      if (isRefused) throw Object.assign(new Error('gone'), { code: 'ENOTFOUND' })
      return ['127.0.0.1', '::1']
    }
    const http = client(url, { addressesOf, maxSessions: 2, maxStreams: 1 })
    const first = http.request(POST)
    await received(1)
    isRefused = true
    const waiting = http.request(POST)
    // By then the second connection has failed, and the next attempt is put off.
    await new Promise((resolve) => setImmediate(resolve))
    isRefused = false
    for (const socket of sockets) socket.destroy()
    await expect(first).rejects.toMatchObject(UNANSWERED)
    expect(await waiting).toMatchObject({ status: 200 })
    expect(calls).toHaveLength(2)
  })

  it('for one connection only: another is tried a second later, though the session that stands answers nothing', async () => {
    const { url, calls, received } = await server((call) => call.number > 1 && call.respond(200))
    const failures = [undefined, Object.assign(new Error('gone'), { code: 'ENOTFOUND' })]
    const addressesOf = async () => {
      const failure = failures.shift()
      if (failure) throw failure
      return ['127.0.0.1', '::1']
    }
    const http = client(url, { addressesOf, maxSessions: 2, maxStreams: 1 })
    const first = http.request(POST)
    await received(1)
    expect(await http.request(POST)).toMatchObject({ status: 200 })
    calls[0]?.respond(200)
    await first
  })

  it('with another reset: the request is unanswered, and its neighbours go on', async () => {
    const { url, sessions } = await server((call) => (call.body === 'bad' ? call.stream.close(2) : echo(call)))
    const one = client(url)
    const [bad, good] = await Promise.allSettled([one.request({ ...POST, body: 'bad' }), one.request(POST)])
    expect(bad).toMatchObject({ reason: { ...UNANSWERED, detail: expect.stringContaining('INTERNAL_ERROR') } })
    expect(good).toMatchObject({ status: 'fulfilled' })
    expect(sessions).toHaveLength(1)
  })

  it('in the middle of an answer: the request is unanswered', async () => {
    const { url } = await server((call) => {
      call.stream.respond({ ':status': 200 })
      call.stream.write('{"name":')
      setImmediate(() => call.stream.destroy(new Error('torn')))
    })
    await expect(client(url).request(POST)).rejects.toMatchObject(UNANSWERED)
  })

  it('in silence: a PING finds out, and what was on its way is unanswered long before its deadline', async () => {
    const { port } = await server((call) => call.body === 'first' && echo(call))
    const relay = await startRelay(port)
    const one = client(relay.url, { timeoutMs: 60_000, pingAfterMs: 50, pingTimeoutMs: 50 })
    await one.request({ ...POST, body: 'first' })
    relay.stop()
    await expect(one.request(POST)).rejects.toMatchObject(UNANSWERED)
  })
})

/** Hands bytes on to `port` until it is stopped; then it hands on nothing, and closes nothing. */
async function startRelay(port: number): Promise<{ url: URL; stop(): void }> {
  const sockets: Socket[] = []
  const relay = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const socket of [near, far]) socket.on('error', () => {})
    sockets.push(near, far)
    near.pipe(far)
    far.pipe(near)
  })
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve))
  open.push({
    close() {
      for (const socket of sockets) socket.destroy()
      relay.close()
    },
  })
  return {
    url: new URL(`https://localhost:${portOf(relay)}`),
    stop() {
      for (const socket of sockets) socket.unpipe().pause()
    },
  }
}

function portOf(listening: Server): number {
  return (listening.address() as AddressInfo).port
}

describe('a request that cannot be placed', () => {
  it('is unreachable when the connection is refused', async () => {
    const gone = await server(() => {})
    await gone.close()
    await expect(client(gone.url).request(POST)).rejects.toMatchObject({
      ...UNREACHABLE,
      detail: expect.stringContaining('ECONNREFUSED'),
    })
  })

  it('is unreachable when the name does not resolve', async () => {
    await expect(client(new URL('https://no-such-host.invalid')).request(POST)).rejects.toMatchObject(UNREACHABLE)
  })

  it('is unreachable when the certificate is not trusted', async () => {
    const { url, calls } = await server(echo)
    await expect(client(url, { ca: undefined }).request(POST)).rejects.toMatchObject({
      ...UNREACHABLE,
      detail: expect.stringContaining('SELF_SIGNED'),
    })
    expect(calls).toHaveLength(0)
  })

  it('is unreachable when the other side accepts connections and says nothing', async () => {
    const { url } = await silentServer()
    await expect(client(url, { connectTimeoutMs: 50 }).request(POST)).rejects.toMatchObject(UNREACHABLE)
    await expect(client(url, { timeoutMs: 50 }).request(POST)).rejects.toMatchObject({
      ...UNREACHABLE,
      detail: expect.stringContaining('within 50 ms'),
    })
  })

  it('is refused when too many wait already', async () => {
    const { url } = await silentServer()
    const one = client(url, { maxWaiting: 2, timeoutMs: 200 })
    const waiting = Promise.allSettled([one.request(POST), one.request(POST)])
    await expect(one.request(POST)).rejects.toMatchObject({
      ...UNREACHABLE,
      detail: expect.stringContaining('2 requests waiting'),
    })
    await waiting
  })
})

async function silentServer(): Promise<{ url: URL }> {
  const sockets = new Set<Socket>()
  const silent = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  open.push({
    close() {
      for (const socket of sockets) socket.destroy()
      silent.close()
    },
  })
  return { url: new URL(`http://localhost:${portOf(silent)}`) }
}

describe('a request that takes too long', () => {
  it('is unanswered, and its stream is cancelled', async () => {
    const { url, received, calls } = await server(() => {})
    const failed = client(url, { timeoutMs: 200 }).request(POST)
    failed.catch(() => {})
    await received(1)
    const cancelled = new Promise((resolve) => calls[0]?.stream.once('close', () => resolve(calls[0]?.stream.rstCode)))
    await expect(failed).rejects.toMatchObject({ ...UNANSWERED, detail: expect.stringContaining('within 200 ms') })
    expect(await cancelled).toBe(8)
  })

  it('is cancelled by its signal, whose reason it throws, and its neighbours go on', async () => {
    const { url, received, calls } = await server((call) => call.body === 'answered' && echo(call))
    const one = client(url)
    const controller = new AbortController()
    const aborted = one.request(POST, controller.signal)
    aborted.catch(() => {})
    await received(1)
    const cancelled = new Promise((resolve) => calls[0]?.stream.once('close', () => resolve(calls[0]?.stream.rstCode)))
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(aborted).rejects.toBe(reason)
    expect(await cancelled).toBe(8)
    expect(await one.request({ ...POST, body: 'answered' })).toMatchObject({ status: 200 })
  })

  it('is never sent when its signal aborts while it waits', async () => {
    const { url, calls, received } = await server(() => {}, { settings: { maxConcurrentStreams: 1 } })
    const one = client(url, { maxSessions: 1 })
    const first = new AbortController()
    const second = new AbortController()
    const results = Promise.allSettled([one.request(POST, first.signal), one.request(POST, second.signal)])
    await received(1)
    second.abort()
    first.abort()
    expect(await results).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }])
    expect(calls).toHaveLength(1)
    await expect(one.request(POST, AbortSignal.abort(new Error('no')))).rejects.toThrow('no')
  })
})

describe('close', () => {
  it('waits for what is on its way, fails what waits unsent, and takes nothing further', async () => {
    const { url, received, calls } = await server(() => {}, { settings: { maxConcurrentStreams: 1 } })
    const one = client(url, { maxSessions: 1 })
    const running = one.request(POST)
    const waiting = one.request(POST)
    waiting.catch(() => {})
    await received(1)
    const closed = one.close()
    await expect(waiting).rejects.toMatchObject(UNREACHABLE)
    await expect(one.request(POST)).rejects.toMatchObject({ code: 'PUSH_CLOSED' })
    calls[0]?.respond(200, 'late')
    expect(await running).toMatchObject({ body: 'late' })
    await closed
  })

  it('resolves for everybody who asks for it', async () => {
    const { url, calls, received } = await server(() => undefined)
    const http = client(url)
    const sent = http.request(POST)
    await received(1)
    const closes = [http.close(), http.close()]
    calls[0]?.respond(200)
    await Promise.all([sent, ...closes])
    expect(calls).toHaveLength(1)
  })

  it('ends an attempt to connect', async () => {
    const { url } = await silentServer()
    const one = client(url)
    const failed = one.request(POST)
    failed.catch(() => {})
    await one.close()
    await expect(failed).rejects.toMatchObject(UNREACHABLE)
  })
})
