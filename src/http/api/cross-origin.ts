// Which pages may use an app's JSON door from a browser (Fetch Standard §3.2, "HTTP CORS protocol"). Only that door:
// an API key has no place in a page.
import type { MiddlewareHandler } from 'hono'
import type { Core } from '../../app/core.ts'
import { pathPart } from './operation.ts'

/** Seconds that a browser may keep the answer to a preflight; Chromium takes no more. */
const MAX_AGE_SECONDS = 7200
const METHODS = 'POST, DELETE'
const HEADERS = 'Content-Type, Sendword-Device-Key'

export function allowOrigins(core: Core): MiddlewareHandler {
  return async (context, next) => {
    const origin = context.req.header('origin')
    const allowed = origin === undefined ? undefined : allowedOrigin(core, pathPart(context, 'app'), origin)
    const isPreflight =
      context.req.method === 'OPTIONS' && context.req.header('access-control-request-method') !== undefined
    if (isPreflight && allowed !== undefined) {
      context.res = new Response(null, { status: 204 })
      context.header('Access-Control-Allow-Methods', METHODS)
      context.header('Access-Control-Allow-Headers', HEADERS)
      context.header('Access-Control-Max-Age', String(MAX_AGE_SECONDS))
    } else {
      await next()
    }
    context.header('Vary', 'Origin', { append: true })
    if (allowed === undefined) return
    context.header('Access-Control-Allow-Origin', allowed)
    context.header('Access-Control-Expose-Headers', 'Retry-After')
  }
}

function allowedOrigin(core: Core, app: string, origin: string): string | undefined {
  const origins = core.options.apps.get(app)?.corsOrigins ?? []
  if (origins.includes('*')) return '*'
  return origins.includes(origin) ? origin : undefined
}
