import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { type Connections, createConnections } from '../../../../src/transports/webpush/connections.ts'
import { startHttp2Server } from '../../../kit/http2-server.ts'
import { fixture } from '../../../kit/scripted-server.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

function open(): Connections {
  const connections = createConnections({
    ca: fixture('localhost-cert.pem'),
    proxy: undefined,
    timeoutMs: 5_000,
    maxInFlight: 100,
    addressesOf: async () => ['127.0.0.1'],
  })
  ends.push(() => connections.close())
  return connections
}

const requestTo = (port: number) => ({
  endpoint: new URL(`https://localhost:${port}/push/abc?x=1`),
  headers: { ttl: '60', 'content-encoding': 'aes128gcm' },
  body: Buffer.from([0, 1, 254, 255]),
})

it.each([
  ['offers HTTP/1.1 only', ['http/1.1']],
  ['does not know ALPN', undefined],
])('a server that %s gets the same bytes over HTTP/1.1', async (_, ALPNProtocols) => {
  const bodies: Buffer[] = []
  const seen: unknown[] = []
  const key = readFileSync(new URL('../../../kit/fixtures/localhost-key.pem', import.meta.url))
  const tls = { key, cert: fixture('localhost-cert.pem'), ...(ALPNProtocols && { ALPNProtocols }) }
  const server = https.createServer(tls, async (incoming, outgoing) => {
    seen.push(incoming.method, incoming.url, incoming.headers.ttl, incoming.headers['content-length'])
    for await (const chunk of incoming) bodies.push(chunk)
    outgoing.writeHead(201, { location: '/m/1' }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => new Promise((resolve) => server.close(resolve)))
  const connections = open()
  const { port } = server.address() as AddressInfo
  for (const _turn of [1, 2]) {
    expect(await connections.request(requestTo(port), undefined)).toMatchObject({ status: 201 })
  }
  expect(Buffer.concat(bodies)).toEqual(Buffer.from([0, 1, 254, 255, 0, 1, 254, 255]))
  expect(seen.slice(0, 4)).toEqual(['POST', '/push/abc?x=1', '60', '4'])
})

it('a server without TLS gets HTTP/1.1, as the emulator’s for real browsers', async () => {
  const versions: string[] = []
  const server = http.createServer((incoming, outgoing) => {
    versions.push(incoming.httpVersion)
    incoming.resume().on('end', () => outgoing.writeHead(201).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => new Promise((resolve) => server.close(resolve)))
  const { port } = server.address() as AddressInfo
  const endpoint = new URL(`http://127.0.0.1:${port}/wpush/v2/abc`)
  expect(await open().request({ ...requestTo(port), endpoint }, undefined)).toMatchObject({ status: 201 })
  expect(versions).toEqual(['1.1'])
})

it('one origin has connections of its own, and a failure there is not another’s', async () => {
  const good = await startHttp2Server((call) => call.respond(201))
  const bad = await startHttp2Server(({ session }) => session.destroy())
  ends.push(good.close, bad.close)
  const connections = open()
  const results = await Promise.allSettled(
    [good, bad, good].map(({ port }) => connections.request(requestTo(port), undefined)),
  )
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

it('nothing is connected to once they are closed, as by a send that was still being encrypted', async () => {
  const server = await startHttp2Server((call) => call.respond(201))
  ends.push(() => server.close())
  const connections = open()
  await connections.close()
  await expect(connections.request(requestTo(server.port), undefined)).rejects.toMatchObject({ code: 'PUSH_CLOSED' })
  expect(server.sessions).toHaveLength(0)
})
