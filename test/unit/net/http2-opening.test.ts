import { afterEach, describe, expect, it } from 'vitest'
import { createHttp2Client, type Http2Client, type Http2ClientOptions } from '../../../src/net/http2-client.ts'
import { type Http2Call, type Http2Server, startHttp2Server } from '../../kit/http2-server.ts'
import { fixture } from '../../kit/scripted-server.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function server(answer: (call: Http2Call) => void): Promise<Http2Server> {
  const made = await startHttp2Server(answer)
  open.push(made)
  return made
}

function client(origin: URL, options: Partial<Http2ClientOptions> = {}): Http2Client {
  const made = createHttp2Client({ origin, ca: fixture('localhost-cert.pem'), timeoutMs: 10_000, ...options })
  open.unshift({ close: () => void made.close() })
  return made
}

const POST = { method: 'POST', path: '/send', body: 'a=1' } as const
const many = (http: Http2Client, count: number) => Promise.all(Array.from({ length: count }, () => http.request(POST)))
const opensWith = ({ status }: { status: number }) => status === 200

describe('a session that opens with an answer', () => {
  it('takes one request at a time until then', async () => {
    const atOnce: number[] = []
    let pending = 0
    const { url } = await server((call) => {
      pending += 1
      atOnce.push(pending)
      setImmediate(() => {
        pending -= 1
        call.respond(call.number <= 3 ? 403 : 200)
      })
    })
    const answers = await many(client(url, { opensWith, maxStreams: 10, maxSessions: 1 }), 40)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(37)
    expect(atOnce.slice(0, 4)).toEqual([1, 1, 1, 1])
    expect(Math.max(...atOnce)).toBeGreaterThan(1)
  })

  it('holds up nobody when its first request is not answered: another session is opened', async () => {
    const { url, sessions } = await server((call) => {
      if (call.session !== sessions[0]) call.respond(200)
    })
    const http = client(url, { opensWith, maxSessions: 2 })
    const first = http.request(POST)
    const answers = await many(http, 20)
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    void first.catch(() => {})
  })

  it('goes on with the next request when the first is given up', async () => {
    const { url, received } = await server((call) => {
      if (call.number > 1) call.respond(200)
    })
    const http = client(url, { opensWith, maxSessions: 1 })
    const controller = new AbortController()
    const first = http.request(POST, controller.signal)
    const second = http.request(POST)
    await received(1)
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(first).rejects.toBe(reason)
    expect(await second).toMatchObject({ status: 200 })
  })
})

describe('headers that are asked for', () => {
  it('are those of the moment at which the request goes out', async () => {
    const { url, calls } = await server((call) => call.respond(200))
    let mark = 'early'
    const http = client(url)
    const answer = http.request({ ...POST, headers: () => ({ 'x-mark': mark }) })
    mark = 'late'
    await answer
    expect(calls[0]?.headers['x-mark']).toBe('late')
  })
})

describe('sessions that are replaced', () => {
  it('end with what is on their way, and the next request goes over a new one', async () => {
    const held: Http2Call[] = []
    const { url, sessions, received } = await server((call) => {
      if (call.number === 1) held.push(call)
      else call.respond(200, 'new')
    })
    const http = client(url)
    const first = http.request(POST)
    await received(1)
    http.replaceSessions()
    expect(await http.request(POST)).toMatchObject({ body: 'new' })
    expect(sessions).toHaveLength(2)
    held[0]?.respond(200, 'old')
    expect(await first).toMatchObject({ body: 'old' })
  })
})
