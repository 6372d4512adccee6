// A server on a core of its own, and the two ways to speak to it: fetch, and a bare socket that sends what it is told.
import { connect } from 'node:net'
import { createServer, type HttpServer, type ServerLimits } from '../../../src/http/server.ts'
import { type CoreKit, type CoreOptions, createCoreKit, emulatedC2dm } from '../../kit/core.ts'
import { query } from '../../kit/query.ts'

export const API_KEY = 'an-api-key-for-tests-of-32-chars'

export interface Serving extends CoreKit {
  readonly server: HttpServer
  /** Sends bytes and answers with all that came back until the connection ended. */
  raw(bytes: string | Buffer): Promise<string>
  /** Calls the API with the key. */
  api(path: string, init?: RequestInit): Promise<Response>
  /** Rows of what a request could have stored. */
  counts(): Promise<Record<string, number>>
}

export interface ServingOptions extends CoreOptions {
  readonly limits?: ServerLimits
  /** Beside `default`, an app `other` with C2DM and an app `silent` without. */
  readonly moreApps?: boolean
  /** No API key is given to the server. */
  readonly keyless?: boolean
}

export async function serve(input: ServingOptions = {}): Promise<Serving> {
  const options = { ...(input.keyless ? {} : { apiKey: API_KEY }), ...input.options }
  // Only one process may deliver here: one without the other apps would put their jobs back for later.
  const kit = await createCoreKit({ ...input, options: input.moreApps ? { ...options, workers: false } : options })
  const apps = threeApps(kit.emulator)
  const core = input.moreApps ? await kit.open({ options: { ...options, apps } }) : kit.core
  const server = await createServer(core, { host: '127.0.0.1', port: 0, limits: input.limits })
  return {
    ...kit,
    core,
    server,
    raw: (bytes) => sendRaw(server.url, bytes),
    api: (path, { headers, ...init } = {}) =>
      fetch(`${server.url}${path}`, { ...init, headers: { authorization: `Bearer ${API_KEY}`, ...headers } }),
    counts: () => countRows(kit.url),
    async [Symbol.asyncDispose]() {
      await server.close(5_000)
      await kit[Symbol.asyncDispose]()
    },
  }
}

function threeApps(emulator: Parameters<typeof emulatedC2dm>[0]) {
  return { default: { c2dm: emulatedC2dm(emulator) }, other: { c2dm: emulatedC2dm(emulator) }, silent: {} }
}

export function sendRaw(url: string, bytes: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    socket.on('data', (chunk) => chunks.push(chunk))
    // A server that cuts a connection which still sends may reset it; what it said before counts.
    socket.on('error', (error) => (chunks.length > 0 ? undefined : reject(error)))
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
  })
}

async function countRows(url: string): Promise<Record<string, number>> {
  const [row] = await query<Record<string, number>>(
    url,
    `SELECT (SELECT count(*)::int FROM sendword.device) AS device,
            (SELECT count(*)::int FROM sendword.registration) AS registration,
            (SELECT count(*)::int FROM sendword.registration_attempt) AS attempt,
            (SELECT count(*)::int FROM sendword.message) AS message`,
  )
  return row ?? {}
}

/** A raw answer in its parts. */
export function parseRaw(text: string): { status: number; head: string; body: string } {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  return { status: Number(head.split(' ')[1]), head, body: rest.join('\r\n\r\n') }
}
