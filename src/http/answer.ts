// A whole answer as a value, and the three ways it leaves: as a Fetch Response, through Node's response, or, where
// Node made no response, as the bytes of one.
import { type ServerResponse, STATUS_CODES } from 'node:http'

export interface Answer {
  readonly status: number
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** No answer of ours is meant to be kept, guessed at, or shown as a page. */
export const GUARD_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
} as const

export function jsonAnswer(status: number, value: unknown): Answer {
  return { status, headers: { 'content-type': 'application/json', ...GUARD_HEADERS }, body: JSON.stringify(value) }
}

export function toResponse({ status, headers, body }: Answer): Response {
  return new Response(body === '' ? null : body, { status, headers })
}

/** Does nothing when somebody has answered already. */
export function writeAnswer(response: ServerResponse, answer: Answer): void {
  if (response.headersSent) return
  response.writeHead(answer.status, headersWithLength(answer)).end(answer.body)
}

/** The bytes of the last answer on a connection. */
export function rawAnswer(answer: Answer): string {
  const headers = { ...headersWithLength(answer), connection: 'close' }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}\r\n${lines.join('')}\r\n${answer.body}`
}

function headersWithLength({ headers, body }: Answer): Record<string, string> {
  return { ...headers, 'content-length': String(Buffer.byteLength(body)) }
}
