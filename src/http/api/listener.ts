// The API as a listener of node:http.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener, type HttpBindings, RequestError } from '@hono/node-server'
import type { Core } from '../../app/core.ts'
import { InputError } from '../../model/push-error.ts'
import type { Logger } from '../../util/logger.ts'
import { toResponse } from '../answer.ts'
import { toProblem } from '../problem.ts'
import { createApi } from './create-api.ts'

type Listener = (request: IncomingMessage, response: ServerResponse) => void
type Answerer = (request: Request, origin: HttpBindings) => Response | Promise<Response>

/** @param stopping Aborts when the server stops. */
export function createApiListener(core: Core, stopping: AbortSignal): Listener {
  return toListener(createApi(core, { stopping }).fetch, core.logger.child('http'))
}

export function toListener(answer: Answerer, logger: Logger): Listener {
  const listener = getRequestListener((request, origin) => answer(request, origin as HttpBindings), {
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
