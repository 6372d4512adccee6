// Requests to a server on this machine, and to no other: the emulator must not fetch the world for whoever asks it to.
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { EmulatorError } from '../emulator-error.ts'

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/
/** More of an answer is not read. */
const MAX_ANSWER_BYTES = 65_536

/** The URL without a slash at its end, or EMULATOR_INPUT. */
export function parseLoopbackUrl(text: string): string {
  const url = URL.parse(text)
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new EmulatorError('EMULATOR_INPUT', 'url must be an http or https URL.')
  }
  if (!LOOPBACK.test(url.hostname)) {
    throw new EmulatorError('EMULATOR_INPUT', `url is on ${url.hostname}; the emulator only calls localhost.`)
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new EmulatorError('EMULATOR_INPUT', 'url must have no user, password, query or fragment.')
  }
  return url.href.replace(/\/+$/, '')
}

export interface LoopbackRequest {
  readonly method: 'GET' | 'POST'
  /** With its query. */
  readonly url: string
  /** Sent as JSON. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

export interface LoopbackAnswer {
  readonly status: number
  readonly body: string
}

/** Redirects are not followed. */
export function loopbackRequest(input: LoopbackRequest): Promise<LoopbackAnswer> {
  const { method, url, signal } = input
  const send = url.startsWith('https:') ? requestHttps : requestHttp
  const body = input.body === undefined ? undefined : JSON.stringify(input.body)
  const headers = { ...input.headers, ...(body !== undefined && { 'content-type': 'application/json' }) }
  return new Promise((resolve, reject) => {
    // A connection of its own, so that no idle one keeps the server from closing.
    const request = send(url, { method, headers, agent: false, signal }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        if (text.length < MAX_ANSWER_BYTES) text += chunk
      })
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
    })
    request.on('error', reject)
    request.end(body)
  })
}
