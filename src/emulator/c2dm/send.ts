// C2DM's send path: judges a request, and lets the message reach its virtual device.
import { C2DM_MAX_MESSAGE_BYTES, type C2dmError, UPDATE_CLIENT_AUTH_HEADER } from '../../protocols/c2dm.ts'
import type { Clock } from '../../util/clock.ts'
import type { Random } from '../../util/random.ts'
import type { DeviceTable } from '../devices/device-table.ts'
import type { EmulatedDevice } from '../devices/emulated-device.ts'
import { behaviourOf, isNamed } from '../devices/named-address.ts'
import type { DeviceState } from '../devices/virtual-device.ts'
import type { StrikingFaultBook } from '../faults/fault-book.ts'
import { strike } from '../faults/strike.ts'
import type { QuotaBook } from '../quotas/quota-book.ts'
import { type Judgement, malformed, type Reply, textReply } from '../server/answer.ts'
import { isObjection, readForm } from '../server/form-request.ts'
import type { IssuedTokens } from '../server/issued-tokens.ts'
import { createProviderIds } from '../server/provider-ids.ts'
import type { ServiceRequest } from '../server/service-request.ts'
import { type ByteCounting, type C2dmSend, messageBytes, readSend } from './send-form.ts'

interface C2dmParts {
  readonly devices: DeviceTable
  readonly tokens: IssuedTokens
  readonly faults: StrikingFaultBook
  readonly clock: Clock
  readonly realClock: Clock
  readonly random: Random
  readonly countBytes: ByteCounting
  readonly quotas: QuotaBook
}

type SendJudgement = Judgement & { readonly answer: Reply }

const STATE_ERRORS: Readonly<Partial<Record<DeviceState, C2dmError>>> = {
  unregistered: 'NotRegistered',
  mismatch: 'MismatchSenderId',
  throttled: 'DeviceQuotaExceeded',
}

const REFUSALS = { 'too big': 'MessageTooBig', 'sender quota': 'QuotaExceeded' } as const satisfies Record<
  string,
  C2dmError
>

export function createC2dm(parts: C2dmParts): (request: ServiceRequest) => Judgement {
  const { tokens, faults, realClock, quotas } = parts
  const newProviderId = createProviderIds(parts.clock, parts.random)

  function take(send: C2dmSend): SendJudgement {
    const { registrationId, collapseKey, delayWhileIdle, data } = send
    if (quotas.chargeSender('c2dm') !== undefined) return refuse('QuotaExceeded' satisfies C2dmError, registrationId)
    const error = sendError(send, parts.countBytes)
    if (error) return refuse(error, registrationId)
    const device = findDevice(parts.devices, registrationId)
    if (typeof device === 'string') return refuse(device, registrationId)
    if (device.refusals > 0) {
      device.refusals--
      return {
        answer: { kind: 'reply', status: 503, contentType: 'text/html', body: '' },
        outcome: 'flaky',
        address: registrationId,
      }
    }
    const stateError = STATE_ERRORS[device.state]
    if (stateError) return refuse(stateError, registrationId)
    if (quotas.chargeDevice(device) !== undefined) {
      return refuse('DeviceQuotaExceeded' satisfies C2dmError, registrationId)
    }
    const providerId = newProviderId()
    device.take({ providerId, data, collapseKey, delayWhileIdle })
    return { answer: lineReply(`id=${providerId}`), outcome: 'accepted', address: registrationId }
  }

  return (request) => {
    const form = readForm(request)
    if (isObjection(form)) return malformed(form.status, form.objection)
    const send = readSend(form)
    if (typeof send === 'string') return malformed(400, send)
    const { registrationId } = send
    const { authorization } = request.headers
    const check = tokens.check(authorization)
    if ('objection' in check) {
      const { objection } = check
      return { answer: textReply(401, `${objection}\n`), outcome: 'unauthorized', objection, address: registrationId }
    }
    const fault = faults.strike({ service: 'c2dm', address: registrationId })
    if (!fault) return take(send)
    const struck = strike(fault, {
      realClock,
      take: () => take(send),
      error: (code) => refuse(code, registrationId),
      tokenHeader: UPDATE_CLIENT_AUTH_HEADER,
      replaceToken(keepsOld) {
        if (!keepsOld) tokens.revoke(authorization)
        return tokens.issue()
      },
    })
    return { address: registrationId, ...struck }
  }
}

/** What is wrong with the message, whoever it is for. */
function sendError(send: C2dmSend, countBytes: ByteCounting): C2dmError | undefined {
  if (send.registrationId === '') return 'MissingRegistration'
  if (send.collapseKey === '') return 'MissingCollapseKey'
  if (messageBytes(send, countBytes) > C2DM_MAX_MESSAGE_BYTES) return 'MessageTooBig'
  const { refusal } = behaviourOf(send.registrationId)
  return refusal && REFUSALS[refusal]
}

/** The device, made now if its registration id's name says that it can take messages; else the error it is answered. */
function findDevice(devices: DeviceTable, registrationId: string): EmulatedDevice | C2dmError {
  const known = devices.byAddress('c2dm', registrationId)
  if (known) return known
  if (!isNamed(registrationId)) return 'InvalidRegistration'
  return STATE_ERRORS[behaviourOf(registrationId).state] ?? devices.create({ registrationId })
}

/** C2DM reports its errors with status 200 too. */
function refuse(code: string, registrationId: string): SendJudgement {
  return { answer: lineReply(`Error=${code}`), outcome: code, address: registrationId }
}

function lineReply(line: string): Reply {
  return textReply(200, `${line}\n`)
}
