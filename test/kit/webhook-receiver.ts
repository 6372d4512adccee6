// A receiver of webhooks: an HTTP server that keeps what it got, and answers what the test says.
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { eventually } from './query.ts'

export interface ReceivedWebhook {
  readonly headers: IncomingHttpHeaders
  /** As it came. */
  readonly body: string
  readonly event: { readonly type: string; readonly timestamp: string; readonly data: Record<string, unknown> }
}

export interface WebhookReceiver extends AsyncDisposable {
  readonly url: string
  readonly received: ReceivedWebhook[]
  /** Default: 204. */
  answer: (response: ServerResponse, got: ReceivedWebhook) => void
  /** Resolves once it has got so many. */
  gotten(count: number): Promise<ReceivedWebhook[]>
}

export const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString('utf8')
    const got = { headers: request.headers, body, event: JSON.parse(body) }
    receiver.received.push(got)
    receiver.answer(response, got)
  })
  const receiver: WebhookReceiver = {
    url: '',
    received: [],
    answer: (response) => response.writeHead(204).end(),
    gotten: (count) =>
      eventually(
        async () => receiver.received,
        (all) => all.length >= count,
      ),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(receiver, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` })
}

/** As a receiver would: github.com/standard-webhooks/standard-webhooks, “Verifying signatures”. */
export function isSigned({ headers, body }: ReceivedWebhook, secret = WEBHOOK_SECRET): boolean {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  const expected = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`
  return `${headers['webhook-signature']}`.split(' ').includes(expected)
}
