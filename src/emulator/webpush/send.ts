// The Web Push service: judges a push request, lets the message reach its device, and takes back messages that have not
// arrived yet.
import type { AutopushErrorName } from '../../protocols/web-push.ts'
import type { Clock } from '../../util/clock.ts'
import type { Random } from '../../util/random.ts'
import type { DeviceTable } from '../devices/device-table.ts'
import type { EmulatedDevice } from '../devices/emulated-device.ts'
import { behaviourOf, isNamed } from '../devices/named-address.ts'
import { looksMade, type PushResource } from '../devices/push-subscription.ts'
import type { DeviceState, TakenMessage } from '../devices/virtual-device.ts'
import type { StrikingFaultBook } from '../faults/fault-book.ts'
import { strike } from '../faults/strike.ts'
import type { QuotaBook } from '../quotas/quota-book.ts'
import type { Judgement, Reply } from '../server/answer.ts'
import type { ServiceRequest } from '../server/service-request.ts'
import { autopushError, object, plainError, type Refusal, refuse } from './autopush-error.ts'
import { decryptMessage } from './decrypt.ts'
import { createMessageIds } from './message-ids.ts'
import { isRefusal, type PushRequest, readPushRequest } from './push-request.ts'
import { type JudgedVapid, judgeVapid } from './vapid.ts'

export interface WebPushParts {
  readonly devices: DeviceTable
  readonly faults: StrikingFaultBook
  readonly realClock: Clock
  readonly random: Random
  readonly quotas: QuotaBook
  /** Takes messages for endpoints that no device has, and decrypts none. */
  readonly takesAnyAddress: boolean
}

export type JudgeWebPush = (request: ServiceRequest, scheme: 'http' | 'https') => Judgement

type PushJudgement = Judgement & { readonly answer: Reply }

const ENDPOINT = /^\/wpush\/(?:(v1|v2)\/)?([\w-]{1,512})$/
const MESSAGE = /^\/m\/([\w-]{1,200})$/

const STATE_ERRORS: Readonly<Partial<Record<DeviceState, AutopushErrorName>>> = {
  unregistered: 'NoSubscription',
  mismatch: 'KeyMismatch',
  throttled: 'TooManyRequests',
}

interface Target {
  /** The request's own URL without its path. */
  readonly origin: string
  readonly token: string
  readonly isRestricted: boolean
  /** Undefined where messages for any address are taken. */
  readonly device: EmulatedDevice | undefined
  /** What the journal and the fault rules call it. */
  readonly address: string
}

/** Whether the path is one of the Web Push service. */
export function isWebPushPath(path: string): boolean {
  return path.startsWith('/wpush/') || path.startsWith('/m/')
}

export function createWebPush(parts: WebPushParts): JudgeWebPush {
  const { devices, faults, realClock, quotas, takesAnyAddress } = parts
  const ids = createMessageIds(parts.random)

  function take(target: Target, push: PushRequest): PushJudgement {
    const { device, address } = target
    const refusal = refusalFor(target)
    if (refusal) return refusal
    const retryAfter = device && quotas.chargeDevice(device)
    if (retryAfter !== undefined) return refuse('TooManyRequests', address, { retryAfter })
    const id = ids.make(device?.id ?? 'd0')
    const location = `${target.origin}/m/${id}`
    const answer = created(location, push.ttlSeconds)
    if (!device) return { answer, outcome: 'accepted', address }
    const message = openMessage(device.resource, push, id)
    // A push service cannot look into a message: it is taken all the same, and the browser throws it away.
    if ('objection' in message) return { answer, outcome: 'undecryptable', objection: message.objection, address }
    device.take(message)
    return { answer, outcome: 'accepted', address }
  }

  function judgePush(request: ServiceRequest, target: Target): Judgement {
    const refusal = authorizationRefusal(request, target, realClock.now())
    if (refusal) return refusal
    const { address } = target
    const push = readPushRequest(request, address)
    if (isRefusal(push)) return push
    const fault = faults.strike({ service: 'webpush', address })
    if (!fault) return take(target, push)
    const struck = strike(fault, {
      realClock,
      take: () => take(target, push),
      error: (code, { retryAfter }) => refuse(code as AutopushErrorName, address, { retryAfter }),
    })
    return { address, ...struck }
  }

  function cancel({ method }: ServiceRequest, id: string): Judgement {
    if (method !== 'DELETE') return wrongMethod(method, 'DELETE')
    const owner = ids.ownerOf(id)
    if (owner === undefined) return object(plainError(400, 'Invalid message ID'), 'There is no such message id.')
    const device = devices.get(owner)
    device?.cancel(id)
    const answer: Reply = { kind: 'reply', status: 204, body: '' }
    return { answer, outcome: 'deleted', address: device?.address }
  }

  function targetOf(request: ServiceRequest, scheme: string): Target | Refusal {
    const { path, headers } = request
    const [, version, token] = ENDPOINT.exec(path) ?? []
    if (token === undefined) return refuse('InvalidToken', undefined)
    const origin = `${scheme}://${headers[':authority'] ?? headers.host}`
    const isRestricted = version === 'v2'
    const target = { origin, token, isRestricted, address: `${origin}${path}` }
    if (takesAnyAddress) return { ...target, device: undefined }
    const device = devices.byAddress('webpush', token) ?? namedDevice(devices, token)
    if (!device) return refuse(looksMade(token) ? 'NoSubscription' : 'InvalidToken', target.address)
    if (device.resource?.isRestricted !== isRestricted) return refuse('InvalidToken', device.address)
    return { ...target, device, address: device.address }
  }

  return (request, scheme) => {
    const [, messageId] = MESSAGE.exec(request.path) ?? []
    if (messageId !== undefined) return cancel(request, messageId)
    if (request.method !== 'POST') return wrongMethod(request.method, 'POST')
    const target = targetOf(request, scheme)
    return 'answer' in target ? target : judgePush(request, target)
  }
}

function namedDevice(devices: DeviceTable, token: string): EmulatedDevice | undefined {
  return isNamed(token) ? devices.create({ service: 'webpush', address: token }) : undefined
}

/** What is wrong with the VAPID credentials. The first ones that are right are those that the subscription is bound to. */
function authorizationRefusal(request: ServiceRequest, target: Target, now: number): Refusal | undefined {
  const { origin, address, isRestricted, device } = target
  const { authorization } = request.headers
  if (authorization === undefined) {
    if (!isRestricted) return undefined
    return unauthorized(
      { message: 'Missing VAPID public key', objection: 'There is no Authorization header.' },
      address,
    )
  }
  const judged = judgeVapid(authorization, { origin, now })
  if ('message' in judged) return unauthorized(judged, address)
  if (!isRestricted || !device?.resource) return undefined
  const { resource } = device
  resource.applicationServerKey ??= judged.applicationServerKey
  if (resource.applicationServerKey === judged.applicationServerKey) return undefined
  return { ...refuse('KeyMismatch', address), objection: 'The subscription was made with another VAPID key.' }
}

function unauthorized(judged: Exclude<JudgedVapid, { applicationServerKey: string }>, address: string): Refusal {
  const { message, objection } = judged
  return { answer: autopushError('InvalidAuthentication', { message }), outcome: 'unauthorized', objection, address }
}

/** What the device, or the name of its address, has against every message. */
function refusalFor({ token, device, address }: Target): PushJudgement | undefined {
  const behaviour = behaviourOf(token)
  if (behaviour.refusal === 'too big') return refuse('PayloadTooLarge', address)
  if (behaviour.refusal === 'sender quota') return refuse('TooManyRequests', address)
  if (!device) return undefined
  if (device.refusals > 0) {
    device.refusals--
    return { answer: autopushError('SaveDb'), outcome: 'flaky', address }
  }
  const error = STATE_ERRORS[device.state]
  return error && refuse(error, address)
}

/** The message as its device gets it: decrypted, unless only a real browser can do that. */
function openMessage(
  resource: PushResource | undefined,
  push: PushRequest,
  providerId: string,
): TakenMessage | { readonly objection: string } {
  const { urgency, topic, ttlSeconds, body } = push
  const message = {
    providerId,
    data: {},
    collapseKey: topic,
    delayWhileIdle: false,
    urgency,
    highPriority: urgency === 'high',
    ttlMs: ttlSeconds * 1000,
    encrypted: body,
  }
  if (!body || !resource?.recipient) return message
  const opened = decryptMessage(body, resource.recipient)
  if ('objection' in opened) return opened
  const plaintext = opened.plaintext.toString()
  return { ...message, plaintext, data: textsIn(plaintext) }
}

/** The members that are texts, where it is a JSON object. */
function textsIn(plaintext: string): Record<string, string> {
  try {
    const value: unknown = JSON.parse(plaintext)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return {}
    return Object.fromEntries(Object.entries(value).filter((entry) => typeof entry[1] === 'string'))
  } catch {
    // A message may be anything.
    return {}
  }
}

function created(location: string, ttlSeconds: number): Reply {
  return { kind: 'reply', status: 201, body: '', headers: { location, ttl: String(ttlSeconds) } }
}

function wrongMethod(method: string, right: string): Refusal {
  const objection = `The method is ${method}; it must be ${right}.`
  return object(plainError(405, 'Method Not Allowed'), objection)
}
