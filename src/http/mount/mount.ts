// What an application mounts: the same endpoints for hosts that speak Fetch, for node:http, and for Fastify.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestOrigin } from '../client-address.ts'
import { type FastifyMount, fastifyPlugin } from './fastify-plugin.ts'

export interface Endpoints {
  /**
   * For hosts that speak Fetch, at any prefix, whether or not the host strips it.
   * Without `origin`, the limit of registrations per client counts all such requests as one client.
   * @example
   * ```ts
   * app.mount('/c2dm', c2dm.fetch)                                // Hono on @hono/node-server
   * export const GET = (request: Request) => c2dm.fetch(request)  // Next: app/c2dm/[door]/route.ts
   * ```
   */
  fetch(request: Request, origin?: RequestOrigin): Promise<Response>
  /**
   * For node:http and what is built on it, at any prefix, whether or not the host strips it. Answers every request
   * itself. A body that the host has parsed is taken from `request.rawBody` or `request.body`.
   * @example
   * ```ts
   * expressApp.use('/c2dm', c2dm.node)
   * ```
   */
  node(request: IncomingMessage, response: ServerResponse): void
}

export interface Mount extends Endpoints {
  /**
   * A plugin for Fastify 5. Give it a prefix.
   * @example
   * ```ts
   * await fastifyApp.register(c2dm.fastify, { prefix: '/c2dm' })
   * ```
   */
  readonly fastify: FastifyMount
}

export function toMount({ fetch, node }: Endpoints): Mount {
  return { fetch, node, fastify: fastifyPlugin(node) }
}
