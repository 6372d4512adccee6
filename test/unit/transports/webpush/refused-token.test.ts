import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Transport } from '../../../../src/model/transport.ts'
import { createWebPushTransport } from '../../../../src/transports/webpush/transport.ts'
import { newVapidKeyTexts } from '../../../../src/transports/webpush/vapid-keys.ts'
import { silentLogger } from '../../../../src/util/logger.ts'
import { type Http2Server, startHttp2Server } from '../../../kit/http2-server.ts'
import { createManualClock, type ManualClock } from '../../../kit/manual-clock.ts'
import { memoryCredentialStore } from '../../../kit/memory-credential-store.ts'
import { fixture } from '../../../kit/scripted-server.ts'
import { subscriptionAt } from './subscription.ts'

const HOUR_MS = 3_600_000

let good: Http2Server
let strict: Http2Server
let clock: ManualClock
let transport: Transport
beforeEach(async () => {
  good = await startHttp2Server((call) => call.respond(201))
  strict = await startHttp2Server((call) => call.respond(403))
  clock = createManualClock()
  transport = createWebPushTransport({
    options: {
      vapid: { ...newVapidKeyTexts(), subject: 'mailto:ops@example.com' },
      allowedHosts: [good.url.host, strict.url.host],
      allowPrivateAddresses: ['localhost'],
      ca: fixture('localhost-cert.pem'),
      encryptionThreads: 0,
    },
    credentials: memoryCredentialStore(),
    clock,
    logger: silentLogger,
  })
})
afterEach(async () => {
  await transport.close()
  await Promise.all([good.close(), strict.close()])
})

function sendTo({ url }: Http2Server) {
  const address = subscriptionAt(new URL('/push/abc', url).href)
  return transport.send({ address, content: { data: {} }, messageId: 'message-1' })
}

describe('a push service that refuses the token', () => {
  it('pauses the app where no other takes it', async () => {
    expect(await sendTo(strict)).toEqual({ kind: 'unauthorized', reason: 'HTTP 403', probe: true })
  })

  it('makes its own messages wait, and no others, where another took it within the hour', async () => {
    await sendTo(good)
    await clock.advance(HOUR_MS - 1)
    expect(await sendTo(strict)).toEqual({ kind: 'deferred', scope: 'device', reason: 'HTTP 403' })
    await clock.advance(1)
    expect(await sendTo(strict)).toMatchObject({ kind: 'unauthorized' })
  })
})
