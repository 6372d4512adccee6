// The API as a listener of node:http.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener, RequestError } from '@hono/node-server'
import type { Core } from '../../app/core.ts'
import { InputError } from '../../model/push-error.ts'
import { toResponse } from '../answer.ts'
import { toProblem } from '../problem.ts'
import { createApi } from './create-api.ts'

export function createApiListener(core: Core): (request: IncomingMessage, response: ServerResponse) => void {
  const logger = core.logger.child('http')
  const api = createApi(core)
  const listener = getRequestListener((request, origin) => api.fetch(request, origin), {
    overrideGlobalObjects: false,
    errorHandler: (error) => toResponse(toProblem(asInput(error), { logger })),
  })
  return (request, response) => void listener(request, response)
}

/** A RequestError is raised for a path or Host that make no URL; its text quotes them. */
function asInput(error: unknown): unknown {
  if (!(error instanceof RequestError)) return error
  return new InputError('PUSH_REQUEST_INVALID', { detail: 'The path and the Host header do not make a valid URL.' })
}
