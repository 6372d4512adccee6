// APNs' send path: judges a request of one connection, and lets the notification reach its virtual device.
import { APNS_REASON_STATUS, type ApnsEnvironment, type ApnsReason } from '../../protocols/apns.ts'
import type { Clock } from '../../util/clock.ts'
import type { DeviceTable } from '../devices/device-table.ts'
import type { EmulatedDevice } from '../devices/emulated-device.ts'
import { behaviourOf, isNamed } from '../devices/named-address.ts'
import type { DeviceState, TakenMessage } from '../devices/virtual-device.ts'
import type { StrikingFaultBook } from '../faults/fault-book.ts'
import { strike } from '../faults/strike.ts'
import type { QuotaBook } from '../quotas/quota-book.ts'
import type { Judgement } from '../server/answer.ts'
import type { ServiceRequest } from '../server/service-request.ts'
import { type AnswerContext, type ApnsJudgement, accepted, type Rejection, rejected } from './apns-answers.ts'
import { isRejection, readApnsId } from './notification-headers.ts'
import type { ProviderConnection } from './provider-connection.ts'
import { type Notification, readNotification, readTarget, tokenOf } from './push-request.ts'

export interface ApnsParts {
  readonly bundleId: string
  readonly devices: DeviceTable
  readonly faults: StrikingFaultBook
  readonly clock: Clock
  readonly realClock: Clock
  readonly quotas: QuotaBook
  newUuid(): string
  /** Takes notifications for tokens that no device has. */
  readonly takesAnyAddress: boolean
}

const STATE_REASONS: Readonly<Partial<Record<DeviceState, ApnsReason>>> = {
  unregistered: 'Unregistered',
  mismatch: 'DeviceTokenNotForTopic',
  throttled: 'TooManyRequests',
}

export function createApns(parts: ApnsParts, connection: ProviderConnection): (request: ServiceRequest) => Judgement {
  const { bundleId, devices, faults, clock, realClock, quotas, newUuid } = parts
  const { environment, certificate } = connection

  function take(notification: Notification, context: AnswerContext): ApnsJudgement {
    const found = parts.takesAnyAddress ? undefined : findDevice(devices, notification.token, environment)
    if (isRejection(found)) return rejected(found, context)
    if (found && quotas.chargeDevice(found) !== undefined) return rejected({ reason: 'TooManyRequests' }, context)
    found?.take(takenMessage(notification, context.apnsId))
    return accepted(context, environment === 'sandbox' ? newUuid() : undefined)
  }

  return (request) => {
    const { headers } = request
    // A notification's expiration, and the time a sender is told, are by the sender's clock.
    const now = realClock.now()
    connection.lastUsed = clock.now()
    const context = { apnsId: readApnsId(headers) ?? newUuid(), address: tokenOf(request.path) }
    const token = readTarget(request)
    if (isRejection(token)) return rejected(token, context)
    const refusal = connection.authorize(headers.authorization)
    if (refusal) return rejected(refusal, context)
    const notification = readNotification(request, token, { bundleId, certificate, now })
    if (isRejection(notification) && notification.outcome === 'malformed') return rejected(notification, context)
    const fault = faults.strike({ service: 'apns', address: token })
    const outcome = () => (isRejection(notification) ? rejected(notification, context) : take(notification, context))
    if (!fault) return outcome()
    const struck = strike(fault, {
      realClock,
      take: outcome,
      error: (code) => rejected(documented(code as ApnsReason, now), context),
      goAwayReason: 'Shutdown',
    })
    return { address: token, ...struck }
  }
}

/** The device, made now if its token's name says that it can take notifications; else the reason. */
function findDevice(devices: DeviceTable, token: string, environment: ApnsEnvironment): EmulatedDevice | Rejection {
  const { refusal } = behaviourOf(token)
  if (refusal === 'too big') return { reason: 'PayloadTooLarge' }
  if (refusal === 'sender quota') return { reason: 'TooManyRequests' }
  const device = devices.byAddress('apns', token) ?? namedDevice(devices, token, environment)
  if (!device) return { reason: 'BadDeviceToken', objection: 'No device has this token.' }
  if (device.environment !== environment) {
    return { reason: 'BadDeviceToken', objection: `The device's token is of the environment ${device.environment}.` }
  }
  if (device.refusals > 0) {
    device.refusals--
    return { reason: 'ServiceUnavailable', outcome: 'flaky' }
  }
  const reason = STATE_REASONS[device.state]
  return reason === undefined ? device : documented(reason, device.stateSince)
}

function namedDevice(devices: DeviceTable, address: string, environment: ApnsEnvironment): EmulatedDevice | undefined {
  return isNamed(address) ? devices.create({ service: 'apns', address, environment }) : undefined
}

/** `since`: when the device token ended, if it did. */
function documented(reason: ApnsReason, since: number): Rejection {
  return APNS_REASON_STATUS[reason] === 410 ? { reason, timestamp: since } : { reason }
}

function takenMessage(notification: Notification, providerId: string): TakenMessage {
  const { payload, topic, pushType, priority, ttlMs, collapseId } = notification
  const texts = Object.entries(payload).filter(
    (member): member is [string, string] => member[0] !== 'aps' && typeof member[1] === 'string',
  )
  return {
    providerId,
    data: Object.fromEntries(texts),
    collapseKey: collapseId,
    delayWhileIdle: false,
    payload,
    topic,
    pushType,
    priority,
    highPriority: priority === 10,
    ttlMs,
  }
}
