// The control API, route by route: devices, faults, requests, tokens, captchas, the settings of FCM and APNs.
import * as z from 'zod'
import { APNS_ENVIRONMENTS, APNS_REASONS } from '../../protocols/apns.ts'
import type { EmulatedApns } from '../apns/apns-service.ts'
import type { Captchas } from '../c2dm/captchas.ts'
import type { DeviceTable } from '../devices/device-table.ts'
import type { EmulatedDevice } from '../devices/emulated-device.ts'
import { ADDRESS_KINDS, DEVICE_SERVICES, DEVICE_STATES } from '../devices/virtual-device.ts'
import { EmulatorError } from '../emulator-error.ts'
import type { FaultBook } from '../faults/fault-book.ts'
import { parseFaultRule } from '../faults/fault-rule.ts'
import type { EmulatedFcm } from '../fcm/fcm-service.ts'
import type { RequestJournal } from '../server/request-journal.ts'
import { parseInput, readNumbers } from './control-request.ts'

export interface ControlParts {
  readonly devices: DeviceTable
  readonly faults: FaultBook
  readonly requests: RequestJournal
  readonly fcm: EmulatedFcm
  readonly apns: EmulatedApns
  readonly captchas: Captchas
  /** What `GET /` answers. */
  describe(): unknown
  expireTokens(service?: (typeof TOKEN_SERVICES)[number]): void
  reset(): void
}

interface ControlCall {
  /** The path's variable segment; empty when it has none. */
  readonly id: string
  readonly query: string
  /** The JSON body; undefined when there was none. */
  readonly body: unknown
  /** Aborts when the client leaves. */
  readonly left: AbortSignal
}

interface ControlResult {
  readonly status: number
  /** Sent as JSON; none when undefined. */
  readonly body?: unknown
  readonly location?: string
}

export interface ControlRoute {
  readonly method: string
  /** Segments; `*` is the variable one. */
  readonly path: readonly string[]
  handle(call: ControlCall): ControlResult | Promise<ControlResult>
}

const MAX_WAIT_MS = 60_000
const EVERY_MESSAGE = { after: Number.MAX_SAFE_INTEGER, wait: MAX_WAIT_MS }

const TOKEN_SERVICES = ['c2dm', 'fcm', 'apns'] as const

const deviceSchema = z.strictObject({
  service: z.enum(DEVICE_SERVICES).optional(),
  kind: z.enum(ADDRESS_KINDS).optional(),
  address: z.string().optional(),
  registrationId: z.string().optional(),
  environment: z.enum(APNS_ENVIRONMENTS).optional(),
  state: z.enum(DEVICE_STATES).optional(),
  applicationServerKey: z.string().optional(),
})
const stateSchema = z.strictObject({ state: z.enum(DEVICE_STATES) })
const handshakeSchema = z.strictObject({
  url: z.string(),
  // Whatever a broken app might send: judging it is the server's part.
  deviceId: z.string().max(4096),
  app: z.string().max(4096).optional(),
  deviceKey: z.string().max(4096).optional(),
  timeoutMs: z.int().min(1).max(600_000).optional(),
})

const expirySchema = z.strictObject({ service: z.enum(TOKEN_SERVICES).optional() })
const fcmSchema = z.strictObject({
  maxStreams: z.number().optional(),
  serviceAccount: z.enum(['active', 'revoked']).optional(),
})
const apnsSchema = z.strictObject({
  maxStreams: z.number().optional(),
  firstStreams: z.number().optional(),
  key: z.enum(['active', 'revoked']).optional(),
})
const goAwaySchema = z.strictObject({ reason: z.enum(APNS_REASONS).optional() })

const done: ControlResult = { status: 204 }

export function controlRoutes(parts: ControlParts): ControlRoute[] {
  const route = (method: string, path: string, handle: ControlRoute['handle']): ControlRoute => ({
    method,
    path: path.slice(1).split('/'),
    handle,
  })
  return [
    route('GET', '/', () => ok(parts.describe())),
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
    ...deviceRoutes(parts, route),
    ...faultRoutes(parts, route),
    ...requestRoutes(parts, route),
    ...fcmRoutes(parts, route),
    ...apnsRoutes(parts, route),
  ]
}

type RouteMaker = (method: string, path: string, handle: ControlRoute['handle']) => ControlRoute

function deviceRoutes({ devices }: ControlParts, route: RouteMaker): ControlRoute[] {
  function find(id: string): EmulatedDevice {
    const device = devices.get(id)
    if (!device) throw new EmulatorError('EMULATOR_UNKNOWN', `There is no device ${id}.`)
    return device
  }
  return [
    route('GET', '/devices', () => ok({ devices: devices.list().map(deviceBody) })),
    route('POST', '/devices', ({ body }) => {
      const device = devices.create(parseInput(deviceSchema, body ?? {}))
      return { status: 201, body: deviceBody(device), location: `/devices/${device.id}` }
    }),
    route('GET', '/devices/*', ({ id }) => ok(deviceBody(find(id)))),
    route('PATCH', '/devices/*', ({ id, body }) => {
      const device = find(id)
      device.state = parseInput(stateSchema, body).state
      return ok(deviceBody(device))
    }),
    route('DELETE', '/devices/*', ({ id }) => {
      devices.remove(find(id).id)
      return done
    }),
    route('GET', '/devices/*/inbox', async ({ id, query, left }) => {
      const device = find(id)
      const { after, wait } = readNumbers(query, EVERY_MESSAGE)
      await arrival(device.inboxAfter(after).length > 0, () =>
        device.nextMessage({ after, timeoutMs: wait, signal: left }),
      )
      return ok({ messages: device.inboxAfter(after), last: device.lastSequence })
    }),
    route('DELETE', '/devices/*/inbox', ({ id }) => {
      find(id).clearInbox()
      return done
    }),
    route('POST', '/devices/*/handshake', async ({ id, body, left }) => {
      const device = find(id)
      return ok(await device.handshake({ ...parseInput(handshakeSchema, body), signal: left }))
    }),
  ]
}

function faultRoutes({ faults }: ControlParts, route: RouteMaker): ControlRoute[] {
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

function requestRoutes({ requests }: ControlParts, route: RouteMaker): ControlRoute[] {
  return [
    route('GET', '/requests', async ({ query, left }) => {
      const { after, wait } = readNumbers(query, EVERY_MESSAGE)
      await arrival(requests.recent(after).length > 0, () => requests.next({ after, timeoutMs: wait, signal: left }))
      return ok({ counts: requests.counts(), requests: requests.recent(after), last: requests.last })
    }),
    route('DELETE', '/requests', () => {
      requests.clear()
      return done
    }),
  ]
}

function fcmRoutes({ fcm }: ControlParts, route: RouteMaker): ControlRoute[] {
  return [
    route('GET', '/fcm', () => ok(fcmBody(fcm))),
    route('PATCH', '/fcm', ({ body }) => {
      const { maxStreams, serviceAccount } = parseInput(fcmSchema, body)
      if (maxStreams !== undefined) fcm.maxStreams = maxStreams
      if (serviceAccount === 'revoked') fcm.revokeServiceAccount()
      if (serviceAccount === 'active') fcm.restoreServiceAccount()
      return ok(fcmBody(fcm))
    }),
  ]
}

function apnsRoutes({ apns }: ControlParts, route: RouteMaker): ControlRoute[] {
  return [
    route('GET', '/apns', () => ok(apnsBody(apns))),
    route('PATCH', '/apns', ({ body }) => {
      const { maxStreams, firstStreams, key } = parseInput(apnsSchema, body)
      if (maxStreams !== undefined) apns.maxStreams = maxStreams
      if (firstStreams !== undefined) apns.firstStreams = firstStreams
      if (key === 'revoked') apns.revokeKey()
      if (key === 'active') apns.restoreKey()
      return ok(apnsBody(apns))
    }),
    route('POST', '/apns/goaway', ({ body }) => {
      apns.goAway(parseInput(goAwaySchema, body ?? {}).reason)
      return done
    }),
  ]
}

/** Waits unless something is there already; that nothing came in time is no error. */
async function arrival(present: boolean, next: () => Promise<unknown>): Promise<void> {
  if (present) return
  try {
    await next()
  } catch (error) {
    if (!(error instanceof EmulatorError && error.code === 'EMULATOR_TIMEOUT')) throw error
  }
}

function deviceBody(device: EmulatedDevice) {
  const { id, service, kind, environment, address, registrationId, subscription, state, waiting, dropped } = device
  const { inboxSize: inbox, lastSequence: last } = device
  const who = { id, service, kind, environment, address, registrationId, subscription }
  return { ...who, state, waiting, dropped, inbox, last }
}

function fcmBody({ maxStreams, connections, isRevoked }: EmulatedFcm) {
  return { maxStreams, connections, serviceAccount: isRevoked ? 'revoked' : 'active' }
}

function apnsBody({ maxStreams, firstStreams, connections, isRevoked }: EmulatedApns) {
  return { maxStreams, firstStreams, connections, key: isRevoked ? 'revoked' : 'active' }
}

function ok(body: unknown): ControlResult {
  return { status: 200, body }
}

function unknownFault(id: string): EmulatorError {
  return new EmulatorError('EMULATOR_UNKNOWN', `There is no fault ${id}.`)
}
