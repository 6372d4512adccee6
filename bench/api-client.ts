// A client of the JSON API over connections that are kept alive, and work done by many of them at once.
import { Agent, request } from 'node:http'
import { API_KEY } from './site.ts'

export interface ApiClient {
  /** Resolves with the parsed answer; throws for a status of 300 or more. */
  post(path: string, body: object): Promise<Record<string, unknown>>
  close(): void
}

/** @param connections Requests at once. */
export function createApiClient(origin: string, connections: number): ApiClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const { hostname, port } = new URL(origin)
  const headers = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' }
  return {
    post(path, body) {
      const text = JSON.stringify(body)
      return new Promise((resolve, reject) => {
        const options = { agent, hostname, port, path, method: 'POST' }
        const length = { 'content-length': Buffer.byteLength(text) }
        const sent = request({ ...options, headers: { ...headers, ...length } }, (answer) => {
          let received = ''
          answer.setEncoding('utf8')
          answer.on('data', (chunk) => {
            received += chunk
          })
          answer.on('end', () => {
            if ((answer.statusCode ?? 500) < 300) resolve(JSON.parse(received))
            else reject(new Error(`${path}: ${answer.statusCode} ${received}`))
          })
        })
        sent.on('error', reject)
        sent.end(text)
      })
    },
    close: () => agent.destroy(),
  }
}

/** Runs `work` for every number below `count`, so many at once; answers how many a second. */
export async function rateOf(count: number, atOnce: number, work: (n: number) => Promise<unknown>): Promise<number> {
  let next = 0
  const since = performance.now()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < count) await work(next++)
    }),
  )
  return (count * 1000) / (performance.now() - since)
}
