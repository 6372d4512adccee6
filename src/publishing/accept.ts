// Accepting messages: each is checked, and its row and its first job are written in one transaction. A bad item gets
// its error and never fails its neighbours.
import type { Tx } from '../database/tx.ts'
import type { TransportName } from '../model/address.ts'
import { assertMessage } from '../model/check-message.ts'
import { checkFit } from '../model/content-bounds.ts'
import { DEFAULT_TTL_SECONDS, MAX_TTL_SECONDS, type MessageContent } from '../model/message.ts'
import { InputError, StateError } from '../model/push-error.ts'
import { withValues } from '../model/recipient-values.ts'
import type { AppTiming, MessageTiming } from '../model/timing.ts'
import type { TransportRules } from '../model/transport.ts'
import type { Queue } from '../queue/queue.ts'
import { utcDate } from '../store/deliveries.ts'
import { findSendTargets, type SendTarget } from '../store/devices.ts'
import { insertMessages, type NewMessage } from '../store/messages.ts'
import { findTimeZones } from '../store/time-zones.ts'
import type { Clock } from '../util/clock.ts'
import { uuidv7 } from '../util/ids.ts'
import type { Random } from '../util/random.ts'
import { acceptedContent } from './accepted-content.ts'
import { firstJob, type SingleMessage } from './first-job.ts'
import { assertIdempotencyKey, findKnownRequests, idempotencyOf } from './idempotency.ts'
import { type ScheduleInput, scheduleOf } from './schedule.ts'

export interface Submission {
  readonly app: string
  readonly deviceId: string
  readonly content: MessageContent
  /** Seconds the message may wait, 0 to 2,419,200; 0: it is tried once. Default 86,400. */
  readonly ttl?: number | undefined
  /** When it goes. Default: at once. */
  readonly timing?: MessageTiming | undefined
  /** A repeat with the same key is answered with the first one's id. At most 255 bytes. */
  readonly idempotencyKey?: string | undefined
  /** What variables stand for, by name. */
  readonly values?: Readonly<Record<string, string>> | undefined
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
  /** The push services that this process has for an app. */
  readonly transportsOf: (app: string) => readonly TransportName[]
  /** What the app sets for the times of its messages. */
  readonly appTimingOf: (app: string) => AppTiming
  /** The language of an app's recipients of whom none is known. Default: none is. */
  readonly localeOf?: ((app: string) => string | undefined) | undefined
}

export type AcceptResult = { readonly accepted: Accepted } | { readonly error: unknown }

/** Checks what needs no database. Throws InputError. */
export function assertSubmission(submission: Pick<Submission, 'content' | 'ttl' | 'idempotencyKey'>): void {
  const { content, ttl, idempotencyKey } = submission
  assertMessage(content)
  assertIdempotencyKey(idempotencyKey)
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
  const requests = submissions.map(withIdempotency)
  const known = await findKnownRequests(tx, requests)
  const find = await findTargets(tx, requests)
  const messages = requests.map((request) =>
    attempt(() => known.idOf(request) ?? toMessage(context, request, find(request))),
  )
  const fresh = messages.flatMap(({ value }) => (typeof value === 'object' ? value : []))
  const inserted = await insertWithJobs(context, tx, fresh)
  // Others have accepted these at this very moment: what they made is committed now, and found.
  const isBeaten = fresh.some(({ id }) => !inserted.has(id))
  const beaters = isBeaten ? await findKnownRequests(tx, requests) : known
  return messages.map(({ value, error }, index): AcceptResult => {
    if (value === undefined) return { error }
    if (typeof value === 'string') return { accepted: { id: value } }
    if (inserted.has(value.id)) return { accepted: { id: value.id } }
    const { value: id, error: conflict } = attempt(() => beaters.idOf(requests[index] as Request))
    return id === undefined ? { error: conflict } : { accepted: { id } }
  })
}

type Request = ReturnType<typeof withIdempotency>

export function withIdempotency(submission: Submission) {
  const { idempotencyKey, ...asked } = submission
  return { ...submission, idempotency: idempotencyOf(idempotencyKey, asked) }
}

interface Attempt<T> {
  readonly value?: T
  readonly error?: unknown
}

function attempt<T>(work: () => T): Attempt<T> {
  try {
    return { value: work() }
  } catch (error) {
    return { error }
  }
}

async function insertWithJobs({ queue }: AcceptContext, tx: Tx, messages: readonly NewSingle[]) {
  if (messages.length === 0) return new Set<string>()
  // The others get theirs when their time comes.
  const due = messages.filter(({ releaseAt }) => releaseAt === undefined)
  // Only a key can keep a message out; without any, the jobs need not wait for the answer.
  if (messages.every(({ idempotency }) => idempotency === undefined)) {
    const [inserted] = await Promise.all([insertMessages(tx, messages), queue.enqueue(tx, due.map(firstJob))])
    return inserted
  }
  const inserted = await insertMessages(tx, messages)
  const fresh = due.filter(({ id }) => inserted.has(id))
  await queue.enqueue(tx, fresh.map(firstJob))
  return inserted
}

type NewSingle = NewMessage & SingleMessage

interface Found {
  readonly target: SendTarget | undefined
  /** Where that is, by row id; known where a message goes by its clocks. */
  readonly zones: ReadonlyMap<string, string>
}

/** What must be known of the devices of many submissions, to be asked for each of these. */
export async function findTargets(tx: Tx, submissions: readonly Submission[]): Promise<(of: Submission) => Found> {
  const targets = new Map<string, SendTarget>()
  for (const target of await findSendTargets(tx, submissions)) targets.set(keyOf(target), target)
  const find = (submission: Submission) => targets.get(keyOf(submission))
  const local = submissions.flatMap((submission) => (submission.timing?.localTime ? (find(submission)?.id ?? []) : []))
  const zones = await findTimeZones(tx, local)
  return (submission) => ({ target: find(submission), zones })
}

function keyOf({ app, deviceId }: { app: string; deviceId: string }): string {
  return `${app}\0${deviceId}`
}

/** What is stored of one. Throws why it is refused. */
export function toMessage(context: AcceptContext, request: Request, { target, zones }: Found): NewSingle {
  const { app, ttl, timing, idempotency, values } = request
  const content = withValues(request.content, values)
  const device = assertReachable(target)
  const rules = context.rulesOf(app, device.transport)
  if (!rules) {
    throw new StateError('PUSH_TRANSPORT_UNAVAILABLE', {
      detail: `The device is reached through ${device.transport}, which the app ${app} has not configured.`,
    })
  }
  assertReceipts(context, content)
  const failure = checkFit(rules, content)
  if (failure) throw new InputError(failure.code, { detail: failure.detail })
  const message = newMessage(context, { app, content, ttl, timing }, { timeZone: zones.get(device.id) })
  return { ...message, device: device.id, idempotency, hasQuietHours: message.timing?.quietHours !== undefined }
}

/** What every message has, whoever it goes to. @param single Of one to a single device: where that is. */
export function newMessage(
  { clock, random, appTimingOf, localeOf }: AcceptContext,
  { app, content, ttl = DEFAULT_TTL_SECONDS, timing }: Pick<Submission, 'app' | 'content' | 'ttl' | 'timing'>,
  single?: ScheduleInput['single'],
): NewMessage {
  const now = clock.now()
  const schedule = scheduleOf({ now, ttl, asked: timing, app: appTimingOf(app), single })
  return {
    id: uuidv7(clock, random),
    app,
    content: acceptedContent(localeOf?.(app), content),
    ...schedule,
    releasedOn: utcDate(schedule.releaseAt ?? new Date(now)),
    acceptedAt: new Date(now),
    singleTry: ttl === 0,
  }
}

/** Throws StateError PUSH_DEVICE_UNKNOWN, PUSH_DEVICE_FAILED or PUSH_DEVICE_PENDING. */
export function assertReachable(target: SendTarget | undefined): SendTarget {
  if (!target) throw new StateError('PUSH_DEVICE_UNKNOWN')
  if (target.failedAt !== null) {
    throw new StateError('PUSH_DEVICE_FAILED', {
      detail: `The device’s address is dead since ${target.failedAt.toISOString()} (${target.failedReason}).`,
    })
  }
  if (target.state === 'pending') throw new StateError('PUSH_DEVICE_PENDING')
  return target
}
