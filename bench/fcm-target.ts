// A push service for measuring: takes FCM messages as fast as node:http2 does, and counts them device by device, so that it
// can be said who got a message, who got it twice, and when one arrived. It judges nothing.
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createSecureServer, type createServer, type ServerHttp2Stream } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { createLocalhostCertificate } from '../src/emulator/tls/certificate.ts'
import { systemRandom } from '../src/util/random.ts'
import type { Target } from './target.ts'

/** As Google has them on a connection. */
const MAX_STREAMS = 100
const MOST_DEVICES = 8_000_000
const PROJECT = 'sendword-bench'
const TOKEN = /"token":"bench(\d+):/
const WINDOW_BYTES = 1_048_576

export interface Arrival {
  /** Of the device, as deviceToken counts. */
  readonly device: number
  readonly body: string
  /** Milliseconds since the epoch, with their fraction. */
  readonly at: number
}

export interface FcmTarget {
  readonly target: Target
  counts(): Counts
  /** Counting starts anew. */
  reset(): void
  close(): Promise<void>
}

export interface Counts {
  readonly received: number
  /** Devices that got something. */
  readonly devices: number
  /** What came to devices beyond the first. */
  readonly doubled: number
}

/** Of this machine, whatever process asks. */
export function preciseNow(): number {
  return performance.timeOrigin + performance.now()
}

export async function startFcmTarget(onArrival?: (arrival: Arrival) => void): Promise<FcmTarget> {
  const certificate = createLocalhostCertificate(systemRandom)
  const seen = new Uint8Array(MOST_DEVICES)
  let received = 0
  let devices = 0

  function take(body: string): void {
    received++
    const device = Number(TOKEN.exec(body)?.[1])
    if (seen[device] === 0) devices++
    seen[device] = 1
    onArrival?.({ device, body, at: preciseNow() })
  }

  const service = createSecureServer({ ...certificate, settings: { maxConcurrentStreams: MAX_STREAMS } })
  service.on('session', (session) => session.setLocalWindowSize(WINDOW_BYTES))
  service.on('stream', (stream) => serve(stream, take))
  const tokens = createHttpsServer({ cert: certificate.cert, key: certificate.key }, (request, response) => {
    request.resume()
    response.setHeader('content-type', 'application/json')
    response.end('{"access_token":"bench","expires_in":3599,"token_type":"Bearer"}')
  })
  const url = await listening(service)
  const tokenUrl = `${await listening(tokens)}/token`
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return {
    target: {
      url,
      tokenUrl,
      ca: certificate.ca,
      projectId: PROJECT,
      serviceAccount: {
        client_email: `bench@${PROJECT}.iam.gserviceaccount.com`,
        private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
        private_key_id: 'bench',
        token_uri: tokenUrl,
      },
    },
    counts: () => ({ received, devices, doubled: received - devices }),
    reset() {
      seen.fill(0)
      received = 0
      devices = 0
    },
    async close() {
      const closed = Promise.all([once(service, 'close'), once(tokens, 'close')])
      service.close()
      tokens.close()
      await closed
    },
  }
}

function serve(stream: ServerHttp2Stream, take: (body: string) => void): void {
  let body = ''
  stream.setEncoding('latin1')
  stream.on('error', () => undefined)
  stream.on('data', (text: string) => {
    body += text
  })
  stream.on('end', () => {
    take(body)
    if (stream.destroyed) return
    stream.respond({ ':status': 200, 'content-type': 'application/json; charset=UTF-8' })
    stream.end(`{"name":"projects/${PROJECT}/messages/0:1700000000000000%0123456789abcdef"}`)
  })
}

async function listening(server: Server | ReturnType<typeof createServer>): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `https://localhost:${(server.address() as AddressInfo).port}`
}
