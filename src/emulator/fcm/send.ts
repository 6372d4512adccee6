// FCM's send path, HTTP v1: judges a request, and lets the message reach its virtual device.
import { CLOUD_PLATFORM_SCOPE, FCM_FID, FCM_SCOPE, fcmSendPath } from '../../protocols/fcm.ts'
import type { Clock } from '../../util/clock.ts'
import type { Random } from '../../util/random.ts'
import type { DeviceTable } from '../devices/device-table.ts'
import type { EmulatedDevice } from '../devices/emulated-device.ts'
import { behaviourOf, isNamed } from '../devices/named-address.ts'
import type { DeviceState, TakenMessage } from '../devices/virtual-device.ts'
import type { StrikingFaultBook } from '../faults/fault-book.ts'
import { strike } from '../faults/strike.ts'
import type { AssertionGrant } from '../google-oauth/assertion.ts'
import type { QuotaBook, RetryAfter } from '../quotas/quota-book.ts'
import { type Judgement, jsonReply, type Reply } from '../server/answer.ts'
import type { IssuedTokens } from '../server/issued-tokens.ts'
import { createProviderIds } from '../server/provider-ids.ts'
import type { ServiceRequest } from '../server/service-request.ts'
import {
  badToken,
  type FcmFaultCode,
  fcmErrorOf,
  fieldError,
  type Quota,
  scopeInsufficient,
  tooLarge,
  unauthenticated,
} from './fcm-errors.ts'
import { fieldViolations, isTooLarge, type PushMessage, toPushMessage } from './push-message.ts'
import { isUnreadable, notHere, readSendRequest, type SendRequest } from './send-request.ts'

export interface FcmParts {
  readonly projectId: string
  readonly devices: DeviceTable
  readonly tokens: IssuedTokens<AssertionGrant>
  readonly faults: StrikingFaultBook
  readonly clock: Clock
  readonly realClock: Clock
  readonly random: Random
  readonly quotas: QuotaBook
  /** Takes messages for addresses that no device has. */
  readonly takesAnyAddress: boolean
}

type SendJudgement = Judgement & { readonly answer: Reply }

/** A token that no device has: of one with this shape FCM says that it is gone, of others that it never was one. */
const TOKEN_SHAPE = /^[\w-]{10,}:[\w-]{100,}$/
const SENDING_SCOPES: readonly string[] = [FCM_SCOPE, CLOUD_PLATFORM_SCOPE]

const STATE_ERRORS: Readonly<Partial<Record<DeviceState, FcmFaultCode>>> = {
  unregistered: 'UNREGISTERED',
  mismatch: 'SENDER_ID_MISMATCH',
  throttled: 'QUOTA_EXCEEDED',
}

export function createFcm(parts: FcmParts): (request: ServiceRequest) => Judgement {
  const { projectId, devices, tokens, faults, realClock, quotas } = parts
  const sendPath = fcmSendPath(projectId)
  const newProviderId = createProviderIds(parts.clock, parts.random)

  function accept(id: string, address: string | undefined): SendJudgement {
    return { answer: jsonReply(200, { name: `projects/${projectId}/messages/${id}` }), outcome: 'accepted', address }
  }

  const reachesOne = (push: PushMessage) => !parts.takesAnyAddress && !isTopical(push)

  function take(request: SendRequest, push: PushMessage): SendJudgement {
    const { value } = push.target
    const refusal = overQuota('project', value, quotas.chargeSender('fcm')) ?? messageRefusal(request, push)
    if (refusal) return refusal
    const found = reachesOne(push) ? findDevice(devices, push) : undefined
    if (found && 'answer' in found) return found
    // FCM only says that it checks the request; the id means nothing.
    if (request.validateOnly) return accept('fake_message_id', value)
    const tooMany = found && overQuota('device', value, quotas.chargeDevice(found))
    if (tooMany) return tooMany
    const providerId = newProviderId()
    found?.take(takenMessage(push, providerId))
    // A message to a topic has a number for an id.
    return accept(isTopical(push) ? providerId.slice(2, 18) : providerId, value)
  }

  return (request) => {
    if (request.path !== sendPath) return notHere(request.path)
    const check = tokens.check(request.headers.authorization)
    if ('objection' in check) {
      return { answer: unauthenticated(), outcome: 'unauthorized', objection: check.objection }
    }
    if (!check.grant.scopes.some((scope) => SENDING_SCOPES.includes(scope))) {
      return refused(scopeInsufficient(), 'PERMISSION_DENIED', undefined, 'The token has no scope for sending.')
    }
    const send = readSendRequest(request)
    if (isUnreadable(send)) return send
    const push = toPushMessage(send.message)
    if (!push) return noRecipient()
    const address = push.target.value
    const fault = faults.strike({ service: 'fcm', address })
    if (!fault) return take(send, push)
    const struck = strike(fault, {
      realClock,
      take: () => take(send, push),
      error: (code, details) => refused(fcmErrorOf(code as FcmFaultCode, details), code, address),
    })
    return { address, ...struck }
  }
}

function isTopical({ target }: PushMessage): boolean {
  return target.kind === 'topic' || target.kind === 'condition'
}

/** What is wrong with the message, whoever it is for. */
function messageRefusal({ message }: SendRequest, push: PushMessage): SendJudgement | undefined {
  const { value } = push.target
  const violations = fieldViolations(message)
  const [violation] = violations
  if (violation) return refused(fieldError(violations), 'INVALID_ARGUMENT', value, violation.description)
  if (isTooLarge(push)) return refused(tooLarge(), 'INVALID_ARGUMENT', value, 'The message is too large.')
  return undefined
}

/** The device, made now if its address's name says that it can take messages; else the answer. */
function findDevice(devices: DeviceTable, { target }: PushMessage): EmulatedDevice | SendJudgement {
  const { kind, value } = target
  const behaviour = behaviourOf(value)
  if (behaviour.refusal === 'too big') return refused(tooLarge(), 'INVALID_ARGUMENT', value)
  if (behaviour.refusal === 'sender quota') return documented('QUOTA_EXCEEDED', value, 'project')
  if (kind === 'fid' && !FCM_FID.test(value) && !isNamed(value)) return refused(badToken(), 'INVALID_ARGUMENT', value)
  const device = devices.byAddress('fcm', value) ?? namedDevice(devices, value)
  if (!device) return unknownAddress(value)
  if (device.refusals > 0) {
    device.refusals--
    return refused(fcmErrorOf('UNAVAILABLE'), 'flaky', value)
  }
  const error = STATE_ERRORS[device.state]
  return error === undefined ? device : documented(error, value, 'device')
}

function takenMessage(push: PushMessage, providerId: string): TakenMessage {
  const { data, notification, android, collapseKey, highPriority, ttlMs } = push
  return { providerId, data, notification, android, collapseKey, highPriority, ttlMs, delayWhileIdle: false }
}

function namedDevice(devices: DeviceTable, address: string): EmulatedDevice | undefined {
  return isNamed(address) ? devices.create({ service: 'fcm', address }) : undefined
}

function unknownAddress(address: string): SendJudgement {
  const looksReal = TOKEN_SHAPE.test(address) || FCM_FID.test(address)
  return looksReal ? documented('UNREGISTERED', address) : refused(badToken(), 'INVALID_ARGUMENT', address)
}

function noRecipient(): SendJudgement {
  const description = 'Recipient of the message is not set.'
  const answer = fieldError([{ field: 'message.token', description }])
  return refused(answer, 'malformed', undefined, description)
}

function documented(code: FcmFaultCode, address: string, quota?: Quota): SendJudgement {
  return refused(fcmErrorOf(code, { quota }), code, address)
}

function overQuota(quota: Quota, address: string, retryAfter: RetryAfter | undefined): SendJudgement | undefined {
  if (retryAfter === undefined) return undefined
  return refused(fcmErrorOf('QUOTA_EXCEEDED', { quota, retryAfter }), 'QUOTA_EXCEEDED', address)
}

function refused(answer: Reply, outcome: string, address?: string, objection?: string): SendJudgement {
  return { answer, outcome, address, objection }
}
