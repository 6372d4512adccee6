// A listener of node:http as a plugin for Fastify 5. Fastify is described by what is used of it, so that the package
// does not depend on it.
import type { IncomingMessage, ServerResponse } from 'node:http'

interface FastifyReply {
  readonly raw: ServerResponse
  /** Tells Fastify that somebody else answers. */
  hijack(): unknown
}

type FastifyHandler = (request: { readonly raw: IncomingMessage }, reply: FastifyReply) => void

/** The instance that Fastify makes for a plugin: what is set on it holds below the plugin's prefix only. */
interface FastifyInstance {
  readonly prefix: string
  all(path: string, handler: FastifyHandler): unknown
  setNotFoundHandler(handler: FastifyHandler): unknown
  removeAllContentTypeParsers(): unknown
  addContentTypeParser(
    contentType: string,
    parser: (request: unknown, payload: unknown, done: (error: null) => void) => void,
  ): unknown
}

export type FastifyMount = (instance: FastifyInstance, options: object, done: () => void) => void

export function fastifyPlugin(listener: (request: IncomingMessage, response: ServerResponse) => void): FastifyMount {
  const handler: FastifyHandler = (request, reply) => {
    reply.hijack()
    listener(request.raw, reply.raw)
  }
  return function sendword(instance, _options, done) {
    // The body stays on the socket for whom it is for.
    instance.removeAllContentTypeParsers()
    instance.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null))
    instance.all('/*', handler)
    // Methods that Fastify has no routes for, as PROPFIND. Without a prefix that place is the application's.
    if (instance.prefix !== '') instance.setNotFoundHandler(handler)
    done()
  }
}
