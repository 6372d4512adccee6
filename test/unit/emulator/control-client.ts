// The control API, as any program speaks to it.
import { request as requestHttp } from 'node:http'
import type { Emulator } from '../../../src/emulator/create-emulator.ts'

export interface ControlAnswer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: each test says what it expects of it.
  readonly body: any
}

export async function control(
  emulator: Emulator,
  method: string,
  path: string,
  body?: unknown,
): Promise<ControlAnswer> {
  const response = await fetch(`${emulator.url}${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

interface RawRequest {
  readonly method?: string
  readonly path: string
  /** Also those that fetch does not let anybody set, such as Host. */
  readonly headers?: Readonly<Record<string, string>>
}

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

export function raw(emulator: Emulator, { method = 'GET', path, headers }: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const sent = requestHttp(`${emulator.url}${path}`, { method, headers, agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        body += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
    })
    sent.on('error', reject)
    sent.end()
  })
}
