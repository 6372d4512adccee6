// Serves the control API and the page of phones: finds the route, runs it, and turns what it throws into a problem document (RFC 9457).
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import { EmulatorError, type EmulatorErrorCode, HandshakeError } from '../emulator-error.ts'
import { servePage } from '../page/serve-page.ts'
import { readJson, readSegments } from './control-request.ts'
import type { ControlResult, ControlRoute } from './control-route.ts'
import { type ControlParts, controlRoutes } from './control-routes.ts'
import type { OriginGuard } from './origin-guard.ts'

const STATUS: Readonly<Record<EmulatorErrorCode, number>> = {
  EMULATOR_INPUT: 400,
  EMULATOR_FORBIDDEN: 403,
  EMULATOR_UNKNOWN: 404,
  EMULATOR_CONFLICT: 409,
  EMULATOR_TIMEOUT: 504,
  // The server that the handshake is played with is the gateway's other side.
  EMULATOR_HANDSHAKE: 502,
  EMULATOR_LISTEN: 500,
  EMULATOR_CLOSED: 410,
}

type ControlApi = (request: IncomingMessage, response: ServerResponse) => void

export function createControlApi(parts: ControlParts, guard: OriginGuard): ControlApi {
  const routes = controlRoutes(parts)
  async function guarded(request: IncomingMessage, response: ServerResponse, left: AbortSignal): Promise<void> {
    guard.assertOwn(request)
    if (!(await servePage(request, response))) await serve(routes, request, response, left)
  }
  return (request, response) => {
    const left = new AbortController()
    response.on('close', () => left.abort())
    request.on('error', () => left.abort())
    guarded(request, response, left.signal).catch((error: unknown) => {
      if (!left.signal.aborted) sendProblem(response, error)
    })
  }
}

async function serve(
  routes: readonly ControlRoute[],
  request: IncomingMessage,
  response: ServerResponse,
  left: AbortSignal,
): Promise<void> {
  const [path = '/', ...queryParts] = (request.url ?? '/').split('?')
  const segments = readSegments(path)
  const here = routes.filter((route) => fits(route.path, segments))
  if (here.length === 0) throw new EmulatorError('EMULATOR_UNKNOWN', `There is nothing at ${path}.`)
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const route = here.find((candidate) => candidate.method === method)
  if (!route) {
    refuseMethod(response, here)
    return
  }
  const id = segments[route.path.indexOf('*')] ?? ''
  const body = await readJson(request)
  const result = await route.handle({ id, query: queryParts.join('?'), body, left })
  send(response, result)
}

function fits(path: readonly string[], segments: readonly string[]): boolean {
  return (
    path.length === segments.length &&
    path.every((part, place) => (part === '*' ? segments[place] !== '' : part === segments[place]))
  )
}

function refuseMethod(response: ServerResponse, routes: readonly ControlRoute[]): void {
  const allow = routes.map(({ method }) => method).join(', ')
  const problem = { title: STATUS_CODES[405], status: 405, detail: `Served here: ${allow}.` }
  sendJson(response, 405, problem, { allow, 'content-type': 'application/problem+json' })
}

function sendProblem(response: ServerResponse, error: unknown): void {
  const known = error instanceof EmulatorError
  const status = known ? STATUS[error.code] : 500
  const problem = {
    title: STATUS_CODES[status],
    status,
    ...(known && { code: error.code, detail: error.message }),
    ...(error instanceof HandshakeError && { step: error.step, answered: error.answered ?? null }),
  }
  sendJson(response, status, problem, { 'content-type': 'application/problem+json' })
}

function send(response: ServerResponse, { status, body, location, text, stream }: ControlResult): void {
  if (stream) stream(response)
  else if (text) sendText(response, status, text.body, { 'content-type': text.contentType })
  else sendJson(response, status, body, location === undefined ? {} : { location })
}

function sendJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string>): void {
  if (body === undefined) response.writeHead(status, headers).end()
  else sendText(response, status, `${JSON.stringify(body)}\n`, { 'content-type': 'application/json', ...headers })
}

function sendText(response: ServerResponse, status: number, text: string, headers: Record<string, string>): void {
  response.writeHead(status, {
    ...headers,
    'content-length': Buffer.byteLength(text),
    'x-content-type-options': 'nosniff',
  })
  response.end(text)
}
