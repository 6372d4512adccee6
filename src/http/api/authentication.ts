// Who may use the API: whoever sends a valid key as a bearer token (RFC 6750 §2.1).
import type { MiddlewareHandler } from 'hono'
import type { Core } from '../../app/core.ts'
import { InputError } from '../../model/push-error.ts'

const BEARER = /^bearer +(.+)$/i

/** Throws PUSH_REQUEST_UNAUTHENTICATED, the same for no key and a wrong one. */
export function requireApiKey(core: Core): MiddlewareHandler {
  return async (context, next) => {
    const key = BEARER.exec(context.req.header('authorization') ?? '')?.[1]?.trim()
    if (key === undefined || !(await core.apiKeys.accepts(asUtf8(key)))) {
      throw new InputError('PUSH_REQUEST_UNAUTHENTICATED')
    }
    await next()
  }
}

/** Headers are bytes, which HTTP libraries show as Latin-1; a key with other letters was meant as UTF-8. */
function asUtf8(header: string): string {
  return Buffer.from(header, 'latin1').toString('utf8')
}
