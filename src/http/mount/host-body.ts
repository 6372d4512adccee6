// Bodies that the host application has read before us: what it made of them is taken, as the bytes are gone.
import type { IncomingMessage } from 'node:http'

/** Node's request, as body parsers leave it. */
interface ParsedRequest extends Pick<IncomingMessage, 'readableDidRead'> {
  /** The bytes, where the host has kept them. */
  readonly rawBody?: unknown
  readonly body?: unknown
}

/** They speak of the bytes that the host has read, not of what is made of them here. */
const HEADERS_OF_THE_BYTES = ['content-encoding', 'content-length', 'transfer-encoding']

/**
 * The request with a body that can be read. What a parser has made of JSON no longer shows fields that were given
 * twice, so it is read less strictly than bytes are. Throws when the host has kept nothing of a body it read.
 */
export function withHostBody(request: Request, incoming: ParsedRequest): Request {
  if (!incoming.readableDidRead || ['GET', 'HEAD', 'TRACE'].includes(request.method)) return request
  const headers = new Headers([...request.headers])
  for (const name of HEADERS_OF_THE_BYTES) headers.delete(name)
  return new Request(request.url, { method: request.method, headers, body: keptBody(incoming) })
}

/** Throws when the host has read the body of a Fetch request, which then is gone. */
export function assertBodyUnread({ bodyUsed }: Request): void {
  if (bodyUsed) throw nothingKept()
}

function keptBody({ rawBody, body }: ParsedRequest): Uint8Array<ArrayBuffer> | string {
  const kept = rawBody ?? body
  if (kept === undefined) throw nothingKept()
  if (typeof kept === 'string') return kept
  return kept instanceof Uint8Array ? new Uint8Array(kept) : JSON.stringify(kept)
}

function nothingKept(): Error {
  return new Error('The host had read the body of a request and kept nothing of it: let it read none of Sendword’s.')
}
