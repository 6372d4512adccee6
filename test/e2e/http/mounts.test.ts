// The doors and the API mounted in real frameworks: prefixes, methods, parsed bodies.

import type { Server } from 'node:http'
import { METHODS } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type HttpBindings, serve as serveHono } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { cloneRawRequest } from 'hono/request'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createC2dmDoors } from '../../../src/http/c2dm/doors.ts'
import { type Mount, toMount } from '../../../src/http/mount/mount.ts'
import { createMountedApi } from '../../../src/http/mount/mounted-api.ts'
import { confirmedDevice } from '../../kit/core.ts'
import { API_KEY, parseRaw, type Serving, sendRaw, serve } from './serving.ts'

interface Host extends AsyncDisposable {
  readonly url: string
}

const PREFIX = '/inside/my-app'
/** What Node's parser hands on as a request; CONNECT is another event. */
const DELIVERED = METHODS.filter((method) => method !== 'CONNECT')

let serving: Serving
let c2dm: Mount
let api: Mount
beforeAll(async () => {
  serving = await serve({ moreApps: true, options: { registration: { perClient: 100_000 } } })
  c2dm = toMount(createC2dmDoors(serving.core, 'default'))
  api = toMount(createMountedApi(serving.core))
})
afterAll(() => serving[Symbol.asyncDispose]())

async function listening(server: Server): Promise<Host> {
  if (!server.listening) await new Promise((resolve) => server.once('listening', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const HOSTS: Readonly<Record<string, () => Promise<Host>>> = {
  // Each with the body parsers that applications have.
  async express() {
    const app = express()
    app.use(express.json(), express.urlencoded(), express.text())
    app.use(`${PREFIX}/c2dm`, c2dm.node)
    app.use(PREFIX, api.node)
    return await listening(app.listen(0, '127.0.0.1'))
  },
  async fastify() {
    const app = fastify()
    app.post('/own', async ({ body }) => body)
    await app.register(c2dm.fastify, { prefix: `${PREFIX}/c2dm` })
    await app.register(api.fastify, { prefix: PREFIX })
    await app.listen({ port: 0, host: '127.0.0.1' })
    return await listening(app.server)
  },
  async hono() {
    const app = new Hono<{ Bindings: HttpBindings }>()
    app.mount(`${PREFIX}/c2dm`, c2dm.fetch)
    app.mount(PREFIX, api.fetch)
    return await listening(serveHono({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server)
  },
  async 'hono that reads bodies first'() {
    const app = new Hono<{ Bindings: HttpBindings }>()
    app.use(async (context, next) => {
      if (context.req.header('content-type')?.startsWith('application/json')) await context.req.json()
      await next()
    })
    app.all(`${PREFIX}/c2dm/*`, ({ req, env }) => c2dm.fetch(req.raw, env))
    app.all(`${PREFIX}/*`, async ({ req, env }) =>
      api.fetch(req.raw.bodyUsed ? await cloneRawRequest(req) : req.raw, env),
    )
    return await listening(serveHono({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server)
  },
}

/** What the host answers by itself before anything that is mounted. */
const ANSWERED_BY_HOST: Readonly<Record<string, Record<string, number>>> = {
  // RFC 10008 §2: a QUERY without a content type must fail.
  fastify: { QUERY: 400 },
  // Its `mount` makes a new Request, which is not possible for TRACE; `all` passes on the one it has.
  hono: { TRACE: 500 },
}

describe.each(Object.entries(HOSTS))('%s', (name, open) => {
  let host: Host
  beforeAll(async () => {
    host = await open()
  })
  afterAll(() => host[Symbol.asyncDispose]())

  function call(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${API_KEY}`, ...init.headers }
    return fetch(`${host.url}${PREFIX}${path}`, { ...init, headers })
  }

  test('carries the handshake and a message, and Location leads to it', async () => {
    const deviceId = `mounted-in-${name}`
    const phone = serving.emulator.devices.create()
    await phone.handshake({ url: `${host.url}${PREFIX}/c2dm`, deviceId })
    const accepted = await call(`/v1/apps/default/devices/${encodeURIComponent(deviceId)}/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ data: { greeting: 'grüße' }, ttl: 60 }),
    })
    expect(accepted.status).toBe(202)
    const { id } = (await accepted.json()) as { id: string }
    const location = new URL(accepted.headers.get('location') ?? '', accepted.url)
    expect(location.href).toBe(`${host.url}${PREFIX}/v1/apps/default/messages/${id}`)
    expect((await phone.nextMessage({ where: ({ data }) => 'greeting' in data })).data).toEqual({ greeting: 'grüße' })
    const shown = await call(`/v1/apps/default/messages/${id}`)
    expect(await shown.json()).toMatchObject({ id, deviceId })
  })

  test('answers 501 to every other method on the doors that Node delivers', async () => {
    const path = `${PREFIX}/c2dm/registration?device_id=device-of-methods&registration_id=address-of-methods`
    const others = DELIVERED.filter((method) => method !== 'GET')
    const answers = await Promise.all(
      others.map(async (method) => {
        const answer = await sendRaw(host.url, `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
        return [method, parseRaw(answer).status]
      }),
    )
    expect(Object.fromEntries(answers)).toEqual({
      ...Object.fromEntries(others.map((method) => [method, 501])),
      ...ANSWERED_BY_HOST[name],
    })
  })

  test('takes requests without a body, and refuses bodies that are not JSON, too large, or torn', async () => {
    const post = (init: RequestInit) =>
      call('/v1/apps/default/devices/mounted-bodies/messages', { method: 'POST', ...init })
    const resumed = await call('/v1/apps/default/transports/c2dm/resume', { method: 'POST' })
    expect(resumed.status).toBe(204)
    const form = await post({ body: new URLSearchParams({ a: 'b' }) })
    expect(form.status).toBe(415)
    const json = { 'content-type': 'application/json' }
    const large = await post({ headers: json, body: JSON.stringify({ data: { a: 'x'.repeat(70_000) } }) })
    expect(large.status).toBe(413)
    const unknown = await post({ headers: json, body: JSON.stringify({ data: {}, extra: 1 }) })
    expect(await unknown.json()).toMatchObject({ status: 400, detail: expect.stringContaining('extra') })
  })

  test('asks for the key, lets devices register without one, and describes itself', async () => {
    expect((await call('/v1/apps/default/devices', { headers: { authorization: '' } })).status).toBe(401)
    expect((await call('/v1/apps/default/devices')).status).toBe(200)
    expect((await call('/v1/apps/default/nothing')).status).toBe(404)
    expect(await (await call('/v1/openapi.json')).json()).toMatchObject({ openapi: '3.1.0' })
  })
})

describe('the API of one app', () => {
  const ask = (mount: Mount, path: string) =>
    mount.fetch(new Request(`http://x${path}`, { headers: { authorization: `Bearer ${API_KEY}` } }))

  test('is the only one that is served', async () => {
    const one = toMount(createMountedApi(serving.core, 'other'))
    expect((await ask(one, '/push/v1/apps/other/devices')).status).toBe(200)
    expect((await ask(one, '/push/v1/apps/default/devices')).status).toBe(404)
    expect((await ask(one, '/push/v1/apps/other2/devices')).status).toBe(404)
    expect((await ask(api, '/push/v1/apps/default/devices')).status).toBe(200)
  })

  test('must be known', () => {
    expect(() => createMountedApi(serving.core, 'nobody')).toThrow(
      expect.objectContaining({ code: 'PUSH_APP_UNKNOWN' }),
    )
  })

  test('may lie behind a prefix that looks like its own paths', async () => {
    expect((await ask(api, '/v1/apps/mine/v1/apps/default/devices')).status).toBe(200)
    expect((await ask(api, '/v1/apps')).status).toBe(404)
  })
})

describe('a body that the host has read', () => {
  const path = '/v1/apps/default/devices/mounted-read/messages'
  const headers = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ data: { greeting: 'hello' } })
  beforeAll(() => confirmedDevice(serving, 'mounted-read'))

  test.each([
    ['as bytes', express.raw({ type: '*/*' })],
    ['as text', express.text({ type: '*/*' })],
    ['as JSON', express.json()],
  ])('is taken when it is kept %s', async (_, parser) => {
    await using host = await listening(express().use(parser, api.node).listen(0, '127.0.0.1'))
    expect((await fetch(host.url + path, { method: 'POST', headers, body })).status).toBe(202)
  })

  test('is taken when the host has decompressed it', async () => {
    await using host = await listening(express().use(express.json(), api.node).listen(0, '127.0.0.1'))
    const compressed = await new Response(
      new Blob([body]).stream().pipeThrough(new CompressionStream('gzip')),
    ).arrayBuffer()
    const gzipped = { ...headers, 'content-encoding': 'gzip' }
    expect((await fetch(host.url + path, { method: 'POST', headers: gzipped, body: compressed })).status).toBe(202)
  })

  test('and thrown away is answered 500, and does not hang', async () => {
    const app = express().use((request, _response, next) => request.resume().on('end', () => next()), api.node)
    await using host = await listening(app.listen(0, '127.0.0.1'))
    const answer = await fetch(host.url + path, { method: 'POST', headers, body })
    expect(await answer.json()).toMatchObject({ status: 500, code: 'PUSH_INTERNAL' })
  })

  test('of a Fetch request is answered 500', async () => {
    const request = new Request(`http://x${path}`, { method: 'POST', headers, body })
    await request.text()
    expect((await api.fetch(request)).status).toBe(500)
  })
})
