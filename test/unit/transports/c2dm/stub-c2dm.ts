// ClientLogin and C2DM on one scripted server, as far as the tests of tokens need them: every token that was issued
// is good until it is revoked.
import type { ServerResponse } from 'node:http'
import type { Transport } from '../../../../src/model/transport.ts'
import type { C2dmOptions } from '../../../../src/transports/c2dm/options.ts'
import { type C2dmTransportInput, createC2dmTransport } from '../../../../src/transports/c2dm/transport.ts'
import { systemRandom } from '../../../../src/util/random.ts'
import { type MemoryCredentialStore, memoryCredentialStore } from '../../../kit/memory-credential-store.ts'
import { type RecordingLogger, recordingLogger } from '../../../kit/recording-logger.ts'
import { type SeenRequest, startScriptedServer } from '../../../kit/scripted-server.ts'

export const ACCOUNT = { user: 'sender@example.com', password: 'correct horse' }
export const ADDRESS = 'APA91b-an-address-of-one-device'
export const SEND = {
  address: ADDRESS,
  messageId: '01976f4a-0000-7000-8000-000000000001',
  content: { data: { a: 'b' } },
}
export const ACCEPTED = { kind: 'accepted', providerId: '0:1' }

export interface StubC2dm {
  readonly logger: RecordingLogger
  readonly store: MemoryCredentialStore
  /** Tokens that C2DM takes. */
  readonly good: Set<string>
  /** Tokens of the sends so far, in order. */
  readonly sentWith: string[]
  readonly logins: () => number
  /** Milliseconds since the epoch, for transports made here. */
  time: number
  /** Takes the place of the usual answer. */
  onLogin: ((response: ServerResponse, request: SeenRequest) => void) | undefined
  onSend: ((response: ServerResponse, token: string) => void) | undefined
  transport(options?: C2dmOptions, input?: Partial<C2dmTransportInput>): Transport
  received(count: number): Promise<void>
  close(): Promise<void>
}

export async function startStubC2dm(): Promise<StubC2dm> {
  const transports: Transport[] = []
  let logins = 0
  const server = await startScriptedServer((request, response) => {
    if (request.path === '/accounts/ClientLogin') {
      logins += 1
      if (stub.onLogin) return stub.onLogin(response, request)
      const token = `token-${logins}`
      stub.good.add(token)
      return response.end(`SID=s\nLSID=l\nAuth=${token}\n`)
    }
    const token = request.headers.authorization?.replace('GoogleLogin auth=', '') ?? ''
    stub.sentWith.push(token)
    if (stub.onSend) return stub.onSend(response, token)
    return stub.good.has(token) ? response.end('id=0:1\n') : response.writeHead(401).end()
  })
  const stub: StubC2dm = {
    logger: recordingLogger(),
    store: memoryCredentialStore(),
    good: new Set(),
    sentWith: [],
    logins: () => logins,
    time: Date.UTC(2026, 0, 1),
    onLogin: undefined,
    onSend: undefined,
    transport(options = ACCOUNT, input = {}) {
      const urls = { c2dmUrl: `${server.url}/c2dm/send`, clientLoginUrl: `${server.url}/accounts/ClientLogin` }
      const transport = createC2dmTransport({
        options: { ...urls, timeoutMs: 5_000, ...options },
        credentials: stub.store,
        clock: { now: () => stub.time, sleep: () => Promise.reject(new Error('nothing here waits')) },
        random: { ...systemRandom, fraction: () => 0 },
        logger: stub.logger,
        ...input,
      })
      transports.push(transport)
      return transport
    },
    received: server.received,
    async close() {
      for (const transport of transports) await transport.close()
      await server.close()
    },
  }
  return stub
}
