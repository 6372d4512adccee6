// A whole request to an emulated service, as the services judge it.
import type { IncomingHttpHeaders } from 'node:http'

/** Far above any message; longer bodies are not kept. */
export const MAX_BODY_BYTES = 65_536

export interface ServiceRequest {
  readonly method: string
  /** The request target up to the `?`. */
  readonly path: string
  /** What stands after the `?` of the request target. */
  readonly query: string | undefined
  readonly headers: IncomingHttpHeaders
  /** Undefined when there were more than MAX_BODY_BYTES. */
  readonly body: Buffer | undefined
}
