// Who may use the API: whoever sends a valid key as a bearer token (RFC 6750 §2.1).
import type { Context, MiddlewareHandler } from 'hono'
import type { Core } from '../../app/core.ts'
import { InputError } from '../../model/push-error.ts'

const BEARER = /^bearer +(.+)$/i

/** Throws PUSH_REQUEST_UNAUTHENTICATED, the same for no key and a wrong one. */
export function requireApiKey(core: Core): MiddlewareHandler {
  return async (context, next) => {
    if (!(await holdsApiKey(core, context))) throw new InputError('PUSH_REQUEST_UNAUTHENTICATED')
    await next()
  }
}

/** False without any key; throws PUSH_REQUEST_UNAUTHENTICATED for a wrong one. */
export async function holdsApiKey(core: Core, context: Context): Promise<boolean> {
  const header = context.req.header('authorization')
  if (header === undefined) return false
  const key = BEARER.exec(header)?.[1]?.trim()
  if (key !== undefined && (await core.apiKeys.accepts(asUtf8(key)))) return true
  throw new InputError('PUSH_REQUEST_UNAUTHENTICATED')
}

/** Headers are bytes, which HTTP libraries show as Latin-1; a key with other letters was meant as UTF-8. */
function asUtf8(header: string): string {
  return Buffer.from(header, 'latin1').toString('utf8')
}
