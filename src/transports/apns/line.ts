// The HTTP/2 sessions to one environment of APNs, and when they give way to new ones.
import type { HttpAnswer } from '../../net/http-client.ts'
import { createHttp2Client, type Http2Client } from '../../net/http2-client.ts'
import type { ApnsEnvironment } from '../../protocols/apns.ts'
import type { ApnsSettings } from './options.ts'

export interface Line {
  readonly request: Http2Client['request']
  /** Counts how often the sessions have been replaced. */
  readonly generation: number
  /** Nothing new goes over the sessions of this generation. Hundreds of answers may say so, and one is heeded. */
  replace(generation: number): void
  close(): Promise<void>
}

/** Apple tells how many streams a session may have; so many are reckoned with. */
const USUAL_STREAMS = 250
/** Apple wants sessions to be kept, and takes many short ones for an attack. */
const IDLE_MS = 12 * 3_600_000
const PING_AFTER_MS = 10 * 60_000

export function createLine(environment: ApnsEnvironment, settings: ApnsSettings): Line {
  const { credential, origins, ca, proxy, timeoutMs, maxInFlight } = settings
  const http = createHttp2Client({
    origin: origins[environment],
    ca,
    proxy,
    timeoutMs,
    clientCertificate: credential.kind === 'certificate' ? credential : undefined,
    opensWith: credential.kind === 'key' ? isWithGoodToken : undefined,
    maxSessions: Math.ceil(maxInFlight / USUAL_STREAMS),
    maxWaiting: maxInFlight * 2,
    idleMs: IDLE_MS,
    pingAfterMs: PING_AFTER_MS,
  })
  let generation = 0
  return {
    request: http.request,
    get generation() {
      return generation
    },
    replace(seen) {
      if (seen !== generation) return
      generation += 1
      http.replaceSessions()
    },
    close: () => http.close(),
  }
}

/** Until a token was good on it, a session takes one stream. */
function isWithGoodToken({ status }: HttpAnswer): boolean {
  return status < 500 && status !== 403 && status !== 429
}
