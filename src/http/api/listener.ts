// The API as a listener of node:http.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener, RequestError } from '@hono/node-server'
import type { Core } from '../../app/core.ts'
import { InputError } from '../../model/push-error.ts'
import { toResponse, writeAnswer } from '../answer.ts'
import { toProblem } from '../problem.ts'
import { createApi } from './create-api.ts'

/** What RFC 3986 lets stand in a URL, and a little more: no byte outside of ASCII, which libraries read differently. */
const PRINTABLE = /^[\x21-\x7e]*$/

export function createApiListener(core: Core): (request: IncomingMessage, response: ServerResponse) => void {
  const logger = core.logger.child('http')
  const api = createApi(core)
  const listener = getRequestListener((request) => api.fetch(request), {
    overrideGlobalObjects: false,
    errorHandler: (error) => toResponse(toProblem(asInput(error), { logger })),
  })
  return (request, response) => {
    if (PRINTABLE.test(request.url ?? '')) void listener(request, response)
    else writeAnswer(response, toProblem(notAUrl(), { logger }))
  }
}

function asInput(error: unknown): unknown {
  return error instanceof RequestError ? notAUrl() : error
}

function notAUrl(): InputError {
  return new InputError('PUSH_REQUEST_INVALID', { detail: 'The path or the Host header is not part of a valid URL.' })
}
