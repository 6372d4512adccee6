// The control API, route by route: what it says of itself, tokens, captchas, faults, requests, the clock and the quotas. The
// devices' routes, and those of single services, have files of their own.
import * as z from 'zod'
import type { Captchas } from '../c2dm/captchas.ts'
import { EmulatorError } from '../emulator-error.ts'
import { parseFaultRule } from '../faults/fault-rule.ts'
import type { EmulatedQuotas } from '../quotas/quota-book.ts'
import { parseInput, readNumbers } from './control-request.ts'
import { arrival, type ControlRoute, done, LONG_POLL, ok, route } from './control-route.ts'
import { deviceRoutes } from './device-routes.ts'
import { type EventStreamParts, streamEvents } from './event-stream.ts'
import { type ServiceRouteParts, serviceRoutes } from './service-routes.ts'
import { clockBody } from './shown-state.ts'

export interface ControlParts extends EventStreamParts, ServiceRouteParts {
  readonly quotas: EmulatedQuotas
  readonly captchas: Captchas
  /** What `GET /` answers. */
  describe(): unknown
  /** PEM. */
  readonly ca: string
  expireTokens(service?: (typeof TOKEN_SERVICES)[number]): void
  reset(): void
}

const TOKEN_SERVICES = ['c2dm', 'fcm', 'apns'] as const
const PEM = 'application/x-pem-file'

const expirySchema = z.strictObject({ service: z.enum(TOKEN_SERVICES).optional() })
const advanceSchema = z.strictObject({ ms: z.number() })

export function controlRoutes(parts: ControlParts): ControlRoute[] {
  return [
    route('GET', '/', () => ok(parts.describe())),
    route('GET', '/ca.pem', () => ({ status: 200, text: { contentType: PEM, body: parts.ca } })),
    route('GET', '/events', () => ({ status: 200, stream: (response) => streamEvents(parts, response) })),
    route('POST', '/reset', () => {
      parts.reset()
      return done
    }),
    route('POST', '/tokens/expire', ({ body }) => {
      parts.expireTokens(parseInput(expirySchema, body ?? {}).service)
      return done
    }),
    route('GET', '/captchas', () => ok({ captchas: parts.captchas.list() })),
    // Where the CaptchaUrl of a reply leads; the real one was a picture.
    route('GET', '/accounts/Captcha', ({ query }) => {
      const captcha = parts.captchas.get(new URLSearchParams(query).get('ctoken') ?? '')
      if (!captcha) throw new EmulatorError('EMULATOR_UNKNOWN', 'There is no open captcha with this ctoken.')
      return ok(captcha)
    }),
    ...deviceRoutes(parts),
    ...faultRoutes(parts),
    ...requestRoutes(parts),
    ...timeRoutes(parts),
    ...serviceRoutes(parts),
  ]
}

function faultRoutes({ faults }: ControlParts): ControlRoute[] {
  return [
    route('GET', '/faults', () => ok({ faults: faults.list() })),
    route('POST', '/faults', ({ body }) => {
      const fault = faults.add(parseFaultRule(body))
      return { status: 201, body: fault, location: `/faults/${fault.id}` }
    }),
    route('DELETE', '/faults', () => {
      faults.clear()
      return done
    }),
    route('GET', '/faults/*', ({ id }) => {
      const fault = faults.get(id)
      if (!fault) throw unknownFault(id)
      return ok(fault)
    }),
    route('DELETE', '/faults/*', ({ id }) => {
      if (!faults.remove(id)) throw unknownFault(id)
      return done
    }),
  ]
}

function requestRoutes({ requests }: ControlParts): ControlRoute[] {
  return [
    route('GET', '/requests', async ({ query, left }) => {
      const { after, wait } = readNumbers(query, LONG_POLL)
      await arrival(requests.recent(after).length > 0, () => requests.next({ after, timeoutMs: wait, signal: left }))
      return ok({ counts: requests.counts(), requests: requests.recent(after), last: requests.last })
    }),
    route('DELETE', '/requests', () => {
      requests.clear()
      return done
    }),
  ]
}

/** What time and traffic are held to. */
function timeRoutes({ clock, quotas }: ControlParts): ControlRoute[] {
  return [
    route('GET', '/clock', () => ok(clockBody(clock))),
    route('POST', '/clock/advance', ({ body }) => {
      clock.advance(parseInput(advanceSchema, body).ms)
      return ok(clockBody(clock))
    }),
    route('GET', '/quotas', () => ok(quotas.settings)),
    route('PATCH', '/quotas', ({ body }) => {
      quotas.set(body as Parameters<typeof quotas.set>[0])
      return ok(quotas.settings)
    }),
  ]
}

function unknownFault(id: string): EmulatorError {
  return new EmulatorError('EMULATOR_UNKNOWN', `There is no fault ${id}.`)
}
