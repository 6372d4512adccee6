import diagnostics from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Transport } from '../../../../src/model/transport.ts'
import type { WebPushOptions } from '../../../../src/transports/webpush/options.ts'
import { createWebPushTransport } from '../../../../src/transports/webpush/transport.ts'
import { newVapidKeyTexts } from '../../../../src/transports/webpush/vapid-keys.ts'
import { systemClock } from '../../../../src/util/clock.ts'
import { silentLogger } from '../../../../src/util/logger.ts'
import { type Http2Server, startHttp2Server } from '../../../kit/http2-server.ts'
import { memoryCredentialStore } from '../../../kit/memory-credential-store.ts'
import { fixture } from '../../../kit/scripted-server.ts'
import { subscriptionAt } from './subscription.ts'

/** Every TCP connection that this process begins, whoever begins it. */
const begun: Socket[] = []
const onSocket = (message: unknown) => void begun.push((message as { socket: Socket }).socket)

let inside: Http2Server
const opened: Transport[] = []
beforeAll(async () => {
  inside = await startHttp2Server((call) => call.respond(201, '', { location: '/m/1' }))
  diagnostics.subscribe('net.client.socket', onSocket)
})
afterEach(async () => {
  for (const transport of opened.splice(0)) await transport.close()
  begun.length = 0
})
afterAll(async () => {
  diagnostics.unsubscribe('net.client.socket', onSocket)
  await inside.close()
})

function open(options: WebPushOptions): Transport {
  const transport = createWebPushTransport({
    options: { vapid: newVapidKeyTexts(), encryptionThreads: 0, timeoutMs: 2_000, ...options },
    credentials: memoryCredentialStore(),
    clock: systemClock,
    logger: silentLogger,
  })
  opened.push(transport)
  return transport
}

let sent = 0
function send(transport: Transport, endpoint: string) {
  const address = subscriptionAt(endpoint)
  return transport.send({ address, content: { data: { n: '1' } }, messageId: `message-${++sent}` })
}

describe('an endpoint that is not at a push service', () => {
  const good = 'https://fcm.googleapis.com/fcm/send/abc'
  it.each([
    ['plain HTTP', 'http://fcm.googleapis.com/fcm/send/abc'],
    ['another scheme', 'ftp://fcm.googleapis.com/fcm/send/abc'],
    ['a file', 'file:///etc/passwd'],
    ['data', 'data:text/plain,hello'],
    ['a socket', 'unix:///var/run/docker.sock'],
    ['another port', 'https://fcm.googleapis.com:8443/fcm/send/abc'],
    ['the port of SSH', 'https://updates.push.services.mozilla.com:22/wpush/v2/abc'],
    ['a user', 'https://user@fcm.googleapis.com/fcm/send/abc'],
    ['a user and a password', 'https://user:pass@fcm.googleapis.com/fcm/send/abc'],
    ['a push service as the user', 'https://fcm.googleapis.com@evil.example/fcm/send/abc'],
    ['a push service as user and password', 'https://fcm.googleapis.com:443@evil.example/fcm/send/abc'],
    ['a backslash before another host', 'https://evil.example\\@fcm.googleapis.com/fcm/send/abc'],
    ['a push service in the path', 'https://evil.example/fcm.googleapis.com/fcm/send/abc'],
    ['a push service in the query', 'https://evil.example/?fcm.googleapis.com'],
    ['a push service as the fragment', 'https://evil.example/#fcm.googleapis.com/fcm/send/abc'],
    ['a host that begins alike', 'https://fcm.googleapis.com.evil.example/fcm/send/abc'],
    ['a host that ends alike', 'https://evilfcm.googleapis.com/fcm/send/abc'],
    ['a domain that ends alike', 'https://evilpush.apple.com/abc'],
    ['a domain that ends alike, of Mozilla', 'https://evilpush.services.mozilla.com/wpush/v2/abc'],
    ['the bare domain of a wildcard', 'https://notify.windows.com/w/?token=abc'],
    ['a dot at the end', 'https://fcm.googleapis.com./fcm/send/abc'],
    ['another host of Google', 'https://storage.googleapis.com/fcm/send/abc'],
    ['another letter that looks alike', 'https://fcm.googleap\u0456s.com/fcm/send/abc'],
    ['another API of the same host', 'https://fcm.googleapis.com/v1/projects/p/messages:send'],
    ['the way up to another API', 'https://fcm.googleapis.com/fcm/send/../../v1/projects/p/messages:send'],
    ['another path of Windows', 'https://db5.notify.windows.com/throttle'],
    ['the API of APNs', `https://api.push.apple.com/3/device/${'ab'.repeat(32)}`],
    ['the API of APNs for developers', `https://api.sandbox.push.apple.com/3/device/${'ab'.repeat(32)}`],
    ['a subscription that was given up', 'https://permanently-removed.invalid/fcm/send/abc'],
    ['this machine by name', 'https://localhost/fcm/send/abc'],
    ['this machine', 'https://127.0.0.1/fcm/send/abc'],
    ['this machine, shortened', 'https://127.1/fcm/send/abc'],
    ['this machine as a number', 'https://2130706433/fcm/send/abc'],
    ['this machine in octal', 'https://0177.0.0.1/fcm/send/abc'],
    ['this machine in hexadecimal', 'https://0x7f.0x0.0x0.0x1/fcm/send/abc'],
    ['this machine in wide digits', 'https://\uff11\uff12\uff17.0.0.1/fcm/send/abc'],
    ['this machine in IPv6', 'https://[::1]/fcm/send/abc'],
    ['this machine, mapped', 'https://[::ffff:127.0.0.1]/fcm/send/abc'],
    ['any address', 'https://0.0.0.0/fcm/send/abc'],
    ['metadata of a cloud', 'https://169.254.169.254/latest/meta-data/'],
    ['metadata of a cloud by name', 'https://metadata.google.internal/computeMetadata/v1/'],
    ['a private network', 'https://192.168.1.1/fcm/send/abc'],
    ['a unique local address', 'https://[fd00::1]/fcm/send/abc'],
    ['a link-local address', 'https://[fe80::1]/fcm/send/abc'],
  ])('is refused and never connected to: %s', async (_, endpoint) => {
    const transport = open({ resolve: async () => ['127.0.0.1'] })
    expect(transport.readAddress?.(subscriptionAt(endpoint))).toHaveProperty('problem')
    expect(await send(transport, endpoint)).toMatchObject({ kind: expect.stringMatching(/rejected|unregistered/) })
    expect(begun).toEqual([])
  })

  it('is told from one that is', () => {
    expect(open({}).readAddress?.(subscriptionAt(good))).toHaveProperty('value')
  })
})

describe('a host that is allowed, but leads elsewhere', () => {
  const endpoints = ['https://push.example.org/abc', 'https://web.push.apple.com/abc']
  it.each([
    ['this machine', ['127.0.0.1']],
    ['another address of this machine', ['127.8.8.8']],
    ['this machine in IPv6', ['::1']],
    ['this machine, mapped', ['::ffff:127.0.0.1']],
    ['this machine, mapped, in hexadecimal', ['::ffff:7f00:1']],
    ['this machine, by NAT64', ['64:ff9b::127.0.0.1']],
    ['this machine, by 6to4', ['2002:7f00:1::1']],
    ['this machine, in the old compatible form', ['::127.0.0.1']],
    ['by Teredo', ['2001:0:4136:e378:8000:63bf:3fff:fdd2']],
    ['any address', ['0.0.0.0']],
    ['any address of IPv6', ['::']],
    ['a private network', ['10.1.2.3']],
    ['another private network', ['172.31.255.1']],
    ['a third private network', ['192.168.0.1']],
    ['a private network, by NAT64', ['64:ff9b::a01:203']],
    ['the network of a carrier', ['100.64.0.1']],
    ['metadata of a cloud', ['169.254.169.254']],
    ['metadata of Alibaba', ['100.100.100.200']],
    ['metadata of Oracle', ['192.0.0.192']],
    ['metadata of AWS in IPv6', ['fd00:ec2::254']],
    ['the host of Azure', ['168.63.129.16']],
    ['a unique local address', ['fd12:3456:789a::1']],
    ['a link-local address', ['fe80::1']],
    ['a link-local address with a zone', ['fe80::1%lo']],
    ['a site-local address', ['fec0::1']],
    ['multicast', ['224.0.0.1']],
    ['multicast of IPv6', ['ff02::1']],
    ['broadcast', ['255.255.255.255']],
    ['documentation', ['192.0.2.1']],
    ['a good address and a bad one', ['203.0.114.1', '10.0.0.1']],
    ['nowhere', []],
    ['no address at all', ['push.internal']],
  ])('is never connected to: %s', async (_, addresses) => {
    const transport = open({ allowedHosts: ['push.example.org'], resolve: async () => addresses })
    for (const endpoint of endpoints) {
      expect(await send(transport, endpoint)).toMatchObject({ kind: 'deferred', scope: 'device' })
    }
    expect(begun).toEqual([])
  })

  it('is not connected to either when it is no name but an address', async () => {
    const transport = open({ allowedHosts: ['127.0.0.1', '[::1]'] })
    for (const endpoint of ['https://127.0.0.1/abc', 'https://[::1]/abc']) {
      expect(await send(transport, endpoint)).toMatchObject({ kind: 'deferred', scope: 'device' })
    }
    expect(begun).toEqual([])
  })
})

describe('a host whose name changes its mind', () => {
  it('is looked up once for a connection, which goes to what was judged', async () => {
    const answers = [['127.0.0.1'], ['127.0.0.2']]
    const asked: string[] = []
    const transport = openInside(async (hostname) => {
      asked.push(hostname)
      return answers.shift() ?? ['127.0.0.3']
    })
    expect(await send(transport, `https://localhost:${inside.port}/abc`)).toMatchObject({ kind: 'accepted' })
    expect(asked).toEqual(['localhost'])
    expect(begun.map(({ remoteAddress }) => remoteAddress)).toEqual(['127.0.0.1'])
  })

  it('is judged anew for the next connection, and then refused', async () => {
    const answers = [['127.0.0.1'], ['169.254.169.254']]
    const transport = openInside(async () => answers.shift() ?? [])
    const endpoint = `https://localhost:${inside.port}/abc`
    expect(await send(transport, endpoint)).toMatchObject({ kind: 'accepted' })
    await endSessions()
    expect(await send(transport, endpoint)).toMatchObject({ kind: 'deferred', scope: 'device' })
    expect(begun).toHaveLength(1)
  })
})

describe('an answer', () => {
  it('that leads elsewhere is not followed', async () => {
    const server = await startHttp2Server((call) => call.respond(307, '', { location: 'https://169.254.169.254/' }))
    const transport = openInside(async () => ['127.0.0.1'], server)
    const outcome = await send(transport, `https://localhost:${server.port}/abc`)
    expect(outcome).toMatchObject({ kind: 'unknown', reason: 'HTTP 307' })
    expect(begun).toHaveLength(1)
    await server.close()
  })

  it('that never ends is cut off', async () => {
    const server = await startHttp2Server((call) => call.respond(500, 'x'.repeat(1_000_000)))
    const transport = openInside(async () => ['127.0.0.1'], server)
    expect(await send(transport, `https://localhost:${server.port}/abc`)).toMatchObject({ kind: 'deferred' })
    await server.close()
  })
})

function openInside(resolve: WebPushOptions['resolve'], { port } = inside): Transport {
  return open({
    resolve,
    ca: fixture('localhost-cert.pem'),
    allowedHosts: [`localhost:${port}`],
    allowPrivateAddresses: ['localhost'],
  })
}

async function endSessions(): Promise<void> {
  const ended = inside.sessions.map(
    (session) => new Promise<void>((resolve) => (session.destroyed ? resolve() : session.once('close', resolve))),
  )
  for (const socket of begun) await endOf(socket)
  await Promise.all(ended)
}

/** Our side of the connection, which then has heard that it is over. */
function endOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) return resolve()
    socket.once('close', () => resolve())
    for (const session of inside.sessions) session.destroy()
  })
}
