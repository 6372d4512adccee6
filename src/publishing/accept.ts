// Accepting messages: each is checked, and its row and its first job are written in one transaction. A bad item gets
// its error and never fails its neighbours.
import type { Tx } from '../database/tx.ts'
import type { TransportName } from '../model/address.ts'
import { assertContent } from '../model/check-content.ts'
import { DEFAULT_TTL_SECONDS, MAX_TTL_SECONDS, type MessageContent } from '../model/message.ts'
import { InputError, StateError } from '../model/push-error.ts'
import type { TransportRules } from '../model/transport.ts'
import type { Queue } from '../queue/queue.ts'
import { utcDate } from '../store/deliveries.ts'
import { findSendTargets, type SendTarget } from '../store/devices.ts'
import { insertMessages, type NewMessage } from '../store/messages.ts'
import type { Clock } from '../util/clock.ts'
import { uuidv7 } from '../util/ids.ts'
import type { Random } from '../util/random.ts'

export interface Submission {
  readonly app: string
  readonly deviceId: string
  readonly content: MessageContent
  /** Seconds the message may wait, 0 to 2,419,200; 0: it is tried once. Default 86,400. */
  readonly ttl?: number | undefined
}

export interface Accepted {
  readonly id: string
}

export interface AcceptContext {
  readonly queue: Queue
  readonly clock: Clock
  readonly random: Random
  /** Whether there is a secret to sign receipt tokens with. */
  readonly signsReceipts: boolean
  /** The rules of an app's transport; undefined when the app has no such push service. */
  readonly rulesOf: (app: string, transport: TransportName) => TransportRules | undefined
}

export type AcceptResult = { readonly accepted: Accepted } | { readonly error: unknown }

/** Checks what needs no database. Throws InputError. */
export function assertSubmission({ content, ttl }: Pick<Submission, 'content' | 'ttl'>): void {
  assertContent(content)
  if (ttl !== undefined && !(Number.isInteger(ttl) && ttl >= 0 && ttl <= MAX_TTL_SECONDS)) {
    throw new InputError('PUSH_MESSAGE_INVALID', {
      detail: `ttl must be a whole number of seconds from 0 to ${MAX_TTL_SECONDS}.`,
    })
  }
}

/** Throws StateError PUSH_RECEIPTS_UNAVAILABLE. */
export function assertReceipts({ signsReceipts }: AcceptContext, { receipts }: MessageContent): void {
  if (receipts && !signsReceipts) throw new StateError('PUSH_RECEIPTS_UNAVAILABLE')
}

/** Accepts many submissions in the caller's transaction; the answers stand in the order of the submissions. */
export async function acceptAll(
  context: AcceptContext,
  tx: Tx,
  submissions: readonly Submission[],
): Promise<AcceptResult[]> {
  const targets = new Map<string, SendTarget>()
  for (const target of await findSendTargets(tx, submissions)) targets.set(keyOf(target), target)
  const messages: NewMessage[] = []
  const results = submissions.map((submission): AcceptResult => {
    try {
      const message = toMessage(context, submission, targets.get(keyOf(submission)))
      messages.push(message)
      return { accepted: { id: message.id } }
    } catch (error) {
      return { error }
    }
  })
  if (messages.length > 0) {
    await insertMessages(tx, messages)
    await context.queue.enqueue(tx, messages.map(firstJob))
  }
  return results
}

function keyOf({ app, deviceId }: { app: string; deviceId: string }): string {
  return `${app}\0${deviceId}`
}

function toMessage(context: AcceptContext, submission: Submission, target: SendTarget | undefined): NewMessage {
  const { app, content, ttl = DEFAULT_TTL_SECONDS } = submission
  const device = assertReachable(target)
  const rules = context.rulesOf(app, device.transport)
  if (!rules) {
    throw new StateError('PUSH_TRANSPORT_UNAVAILABLE', {
      detail: `The device is reached through ${device.transport}, which the app ${app} has not configured.`,
    })
  }
  assertReceipts(context, content)
  const failure = rules.check(content)
  if (failure) throw new InputError(failure.code, { detail: failure.detail })
  const now = context.clock.now()
  return {
    id: uuidv7(context.clock, context.random),
    app,
    device: device.id,
    content,
    releasedOn: utcDate(new Date(now)),
    acceptedAt: new Date(now),
    expiresAt: new Date(now + ttl * 1000),
    singleTry: ttl === 0,
  }
}

function assertReachable(target: SendTarget | undefined): SendTarget {
  if (!target) throw new StateError('PUSH_DEVICE_UNKNOWN')
  if (target.failedAt !== null) {
    throw new StateError('PUSH_DEVICE_FAILED', {
      detail: `The device’s address is dead since ${target.failedAt.toISOString()} (${target.failedReason}).`,
    })
  }
  if (target.state === 'pending') throw new StateError('PUSH_DEVICE_PENDING')
  return target
}

function firstJob({ id, app, device, releasedOn }: NewMessage) {
  return {
    job: {
      kind: 'slice' as const,
      app,
      messageId: id,
      releasedOn,
      devices: [device],
      attempts: 0,
      unknowns: 0,
    },
  }
}
