// APNs' two environments on scripted servers, as far as the tests of tokens, sessions and certificates need them.
import { generateKeyPairSync } from 'node:crypto'
import { expect } from 'vitest'
import type { Transport } from '../../../../src/model/transport.ts'
import type { ApnsOptions } from '../../../../src/transports/apns/options.ts'
import { createApnsTransport } from '../../../../src/transports/apns/transport.ts'
import { type Http2Call, type Http2Server, startHttp2Server } from '../../../kit/http2-server.ts'
import { type RecordingLogger, recordingLogger } from '../../../kit/recording-logger.ts'

export const TOKEN = 'ab'.repeat(32)
export const SEND = {
  address: TOKEN,
  messageId: '01976f4a-0000-7000-8000-000000000001',
  content: { data: { a: 'b' } },
}
export const ACCEPTED = { kind: 'accepted', providerId: expect.stringMatching(/^[0-9a-f-]{36}$/) }

export interface StubApns {
  readonly logger: RecordingLogger
  readonly production: Http2Server
  readonly sandbox: Http2Server
  /** The provider tokens of the sends so far, in order. */
  readonly sentWith: string[]
  /** Milliseconds since the epoch, for transports made here. */
  time: number
  /** Answers in the place of 200. */
  answer: ((call: Http2Call) => void) | undefined
  transport(options?: ApnsOptions): Transport
  close(): Promise<void>
}

const SETTINGS = { maxConcurrentStreams: 20 }
/** So few in flight that one session is opened. */
const BOUNDS = { timeoutMs: 5_000, maxInFlight: 200 }

/** A key of a team, as options. */
export function newKey() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { key, keyId: 'KEY4567890', teamId: 'TEAM567890', topic: 'com.example.shop' }
}

export async function startStubApns(): Promise<StubApns> {
  const transports: Transport[] = []
  const account = newKey()
  const onCall = (call: Http2Call) => {
    stub.sentWith.push(call.headers.authorization?.replace('bearer ', '') ?? '')
    if (stub.answer) stub.answer(call)
    else call.respond(200, '', { 'apns-id': String(call.headers['apns-id']) })
  }
  const production = await startHttp2Server(onCall, { tls: false, settings: SETTINGS })
  const sandbox = await startHttp2Server(onCall, { tls: false, settings: SETTINGS })
  const stub: StubApns = {
    logger: recordingLogger(),
    production,
    sandbox,
    sentWith: [],
    time: Date.UTC(2026, 0, 1),
    answer: undefined,
    transport(options = {}) {
      const transport = createApnsTransport({
        options: { ...account, url: production.url.href, sandboxUrl: sandbox.url.href, ...BOUNDS, ...options },
        clock: { now: () => stub.time, sleep: () => Promise.reject(new Error('nothing here waits')) },
        logger: stub.logger,
      })
      transports.push(transport)
      return transport
    },
    async close() {
      await production.close()
      await sandbox.close()
      for (const transport of transports) await transport.close()
    },
  }
  return stub
}

export function refuse(reason: string, status: number): (call: Http2Call) => void {
  return (call) => call.respond(status, JSON.stringify({ reason }))
}
