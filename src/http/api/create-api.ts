// The JSON API under /v1: its operations behind the API key, the OpenAPI document that describes them, and the
// answers to everything else.
import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler } from 'hono'
import type { Core } from '../../app/core.ts'
import { InputError, StateError } from '../../model/push-error.ts'
import type { Logger } from '../../util/logger.ts'
import { GUARD_HEADERS, toResponse } from '../answer.ts'
import type { RequestOrigin } from '../client-address.ts'
import { decodePercent } from '../percent-decoding.ts'
import { toProblem } from '../problem.ts'
import { requireApiKey } from './authentication.ts'
import { broadcastOperations } from './broadcasts.ts'
import { channelOperations } from './channels.ts'
import { allowOrigins } from './cross-origin.ts'
import { deliveryOperations } from './deliveries.ts'
import { deviceOperations } from './devices.ts'
import { groupOperations } from './groups.ts'
import { messageEventOperations } from './message-events.ts'
import { messagePreviewOperations } from './message-previews.ts'
import { messageOperations } from './messages.ts'
import type { Operation } from './operation.ts'
import { receiptOperations } from './receipts.ts'
import { registrationOperations } from './registrations.ts'
import { subscriptionOperations } from './subscriptions.ts'
import { transportOperations } from './transports.ts'
import { userOperations } from './users.ts'
import { webPushKeyOperations } from './web-push-key.ts'
import { webhookOperations } from './webhooks.ts'

const OPENAPI_PATH = '/v1/openapi.json'

export interface Api {
  /** @param origin What the host knows of who sent the request. */
  fetch(request: Request, origin?: RequestOrigin): Response | Promise<Response>
}

export interface ApiPlace {
  /** What is routed by, of the path of a request. Default: all of it, as when the API is not mounted at a prefix. */
  readonly ownPath?: (path: string) => string
  /** Aborts when the server stops: answers without an end are ended. */
  readonly stopping?: AbortSignal
}

export function createApi(core: Core, { ownPath = (path) => path, stopping }: ApiPlace = {}): Api {
  const logger = core.logger.child('http')
  // Matching the path as it was sent keeps a %2F within its segment; each part is decoded once, afterwards.
  const api = new OpenAPIHono({ getPath: (request) => ownPath(new URL(request.url).pathname) })
  const open = [...registrationOperations(core), ...receiptOperations(core), ...webPushKeyOperations(core)]
  const keyed = [
    ...messageOperations(core),
    ...broadcastOperations(core),
    ...messagePreviewOperations(core),
    ...deliveryOperations(core),
    ...messageEventOperations(core, stopping),
    ...deviceOperations(core),
    ...userOperations(core),
    ...groupOperations(core),
    ...channelOperations(core),
    ...subscriptionOperations(core),
    ...transportOperations(core),
    ...webhookOperations(core),
  ]
  const operations = [...open, ...keyed]

  api.onError((error) => toResponse(toProblem(error, { logger })))
  api.notFound(() => toResponse(toProblem(new StateError('PUSH_REQUEST_NOT_FOUND'), { logger })))
  api.use('*', async (context, next) => {
    await next()
    for (const [name, value] of Object.entries(GUARD_HEADERS)) {
      // An operation knows better what may be kept of its answer.
      if (!context.res.headers.has(name)) context.header(name, value)
    }
  })
  // It holds nothing secret, and tools that read it have no key.
  api.get(OPENAPI_PATH, (context) => context.json(describe(api)))
  // What needs no key comes before a key is asked for; a wrong method on such a path, too.
  for (const { route } of open) api.use(route.getRoutingPath(), allowOrigins(core), requireDecodable)
  serve(api, open, logger)
  api.use('*', requireApiKey(core), requireDecodable)
  api.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', { type: 'http', scheme: 'bearer' })
  for (const { route } of operations) api.openAPIRegistry.registerPath(route)
  serve(api, keyed, logger)
  return { fetch: (request, origin) => api.fetch(request, origin) }
}

function serve(api: OpenAPIHono, operations: readonly Operation[], logger: Logger): void {
  for (const { route, handle } of operations) api.on(route.method.toUpperCase(), route.getRoutingPath(), handle)
  refuseOtherMethods(api, operations, logger)
}

function describe(api: OpenAPIHono) {
  return api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Sendword', version: '1', description: 'The JSON API of a Sendword server.' },
    security: [{ apiKey: [] }],
  })
}

const requireDecodable: MiddlewareHandler = async (context, next) => {
  if (decodePercent(context.req.path) === undefined) {
    throw new InputError('PUSH_REQUEST_INVALID', { detail: 'The path is not percent-encoded UTF-8.' })
  }
  await next()
}

/** 405, with what is served instead, on paths that are served; RFC 9110 §15.5.6. */
function refuseOtherMethods(api: OpenAPIHono, operations: readonly Operation[], logger: Logger): void {
  const methods = new Map<string, string[]>([[OPENAPI_PATH, ['GET', 'HEAD']]])
  for (const { route } of operations) {
    const path = route.getRoutingPath()
    const method = route.method.toUpperCase()
    methods.set(path, [...(methods.get(path) ?? []), ...(method === 'GET' ? ['GET', 'HEAD'] : [method])])
  }
  for (const [path, allowed] of methods) {
    api.all(path, (_context: Context) => {
      const headers = { allow: allowed.join(', ') }
      return toResponse(toProblem(new InputError('PUSH_REQUEST_METHOD'), { logger, headers }))
    })
  }
}
