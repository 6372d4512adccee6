// Google's token endpoint on one scripted server, and FCM on another, as far as the tests of tokens need them: every token
// that was issued is good until it is revoked.
import { generateKeyPairSync } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Transport } from '../../../../src/model/transport.ts'
import type { FcmOptions } from '../../../../src/transports/fcm/options.ts'
import { createFcmTransport } from '../../../../src/transports/fcm/transport.ts'
import { systemRandom } from '../../../../src/util/random.ts'
import { startHttp2Server } from '../../../kit/http2-server.ts'
import { type MemoryCredentialStore, memoryCredentialStore } from '../../../kit/memory-credential-store.ts'
import { type RecordingLogger, recordingLogger } from '../../../kit/recording-logger.ts'
import { type SeenRequest, startScriptedServer } from '../../../kit/scripted-server.ts'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
export const KEY = {
  type: 'service_account',
  project_id: 'shop-1',
  private_key_id: 'key-1',
  private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  client_email: 'push@shop-1.iam.example',
}
export const SEND = {
  address: 'cFid_22-characters-long:APA91bXYZ',
  messageId: '01976f4a-0000-7000-8000-000000000001',
  content: { data: { a: 'b' } },
}
export const ACCEPTED = { kind: 'accepted', providerId: 'projects/shop-1/messages/0:1' }

export interface StubGoogle {
  readonly logger: RecordingLogger
  readonly store: MemoryCredentialStore
  readonly tokenUrl: string
  /** Tokens that FCM takes. */
  readonly good: Set<string>
  /** Tokens of the sends so far, in order. */
  readonly sentWith: string[]
  readonly exchanges: () => number
  /** The requests for tokens. */
  readonly asked: readonly SeenRequest[]
  /** Milliseconds since the epoch, for transports made here. */
  time: number
  /** Seconds that a token is said to live. */
  lifetime: number
  /** Takes the place of the usual answer. */
  onExchange: ((response: ServerResponse) => void) | undefined
  transport(options?: FcmOptions): Transport
  /** Resolves when so many tokens have been asked for. */
  askedFor(count: number): Promise<void>
  close(): Promise<void>
}

export async function startStubGoogle(): Promise<StubGoogle> {
  const transports: Transport[] = []
  let exchanges = 0
  const oauth = await startScriptedServer((_, response) => {
    exchanges += 1
    if (stub.onExchange) return stub.onExchange(response)
    const token = `token-${exchanges}`
    stub.good.add(token)
    response.end(JSON.stringify({ access_token: token, expires_in: stub.lifetime, token_type: 'Bearer' }))
  })
  const fcm = await startHttp2Server(
    ({ headers, respond }) => {
      const token = headers.authorization?.replace('Bearer ', '') ?? ''
      stub.sentWith.push(token)
      if (stub.good.has(token)) respond(200, JSON.stringify({ name: ACCEPTED.providerId }))
      else respond(401, JSON.stringify({ error: { code: 401, status: 'UNAUTHENTICATED' } }))
    },
    { tls: false },
  )
  const stub: StubGoogle = {
    logger: recordingLogger(),
    store: memoryCredentialStore(),
    tokenUrl: `${oauth.url}/token`,
    good: new Set(),
    sentWith: [],
    exchanges: () => exchanges,
    asked: oauth.seen,
    time: Date.UTC(2026, 0, 1),
    lifetime: 3600,
    onExchange: undefined,
    transport(options = { serviceAccount: KEY }) {
      const transport = createFcmTransport({
        options: { url: fcm.url.href, tokenUrl: stub.tokenUrl, timeoutMs: 5_000, ...options },
        credentials: stub.store,
        clock: { now: () => stub.time, sleep: () => Promise.reject(new Error('nothing here waits')) },
        random: { ...systemRandom, fraction: () => 0 },
        logger: stub.logger,
      })
      transports.push(transport)
      return transport
    },
    askedFor: oauth.received,
    async close() {
      await fcm.close()
      await oauth.close()
      for (const transport of transports) await transport.close()
    },
  }
  return stub
}
