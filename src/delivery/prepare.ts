// Turns claimed jobs into sends: reads messages, devices and registrations for a whole batch of jobs at once, at the
// last moment, so that each send goes to the address that is live now.
import type { Address, TransportName } from '../model/address.ts'
import { hashConfirmationToken, makeConfirmationToken } from '../model/confirmation-token.ts'
import { isPersonal } from '../model/personal-content.ts'
import type { Transport } from '../model/transport.ts'
import type { ClaimedJob, ConfirmationJob, NoticeJob, Progress, SliceJob } from '../queue/job.ts'
import { SUCCESS_NOTED_EVERY_MS } from '../store/device-verdicts.ts'
import { addSecretHashes } from '../store/registrations.ts'
import { findMessagesToSend, findSliceMembers, type MessageToSend, type SliceMember } from '../store/slices.ts'
import type { DeliveryContext } from './context.ts'
import { byContent, type ContentOf, findContents } from './personal.ts'
import type { Entry } from './record-batch.ts'
import { type End, resultOf, type Subject, type Task } from './task.ts'
import { createWaits, QUIET_HOURS } from './waits.ts'

export interface PreparedJob {
  readonly claim: ClaimedJob
  readonly tasks: readonly Task[]
  /** What ended without a send: the device is gone, its address is dead. */
  readonly entries: readonly Entry[]
  /** What this process has no push service for; another configuration may. */
  readonly undeliverable: readonly Undeliverable[]
  /** What waits for its time. */
  readonly early: readonly Early[]
}

export interface Undeliverable {
  /** The device, when the job is a slice. */
  readonly device: string | undefined
  readonly needs: TransportName
}

export interface Early {
  readonly device: string
  /** Milliseconds since the epoch. */
  readonly dueAt: number
  readonly needs: TransportName
}

const NOTHING = { tasks: [], entries: [], undeliverable: [], early: [] }

type Claimed<J> = ClaimedJob & { readonly job: J }

/** The reason of what somebody cancelled. */
export const CANCELLED = 'Cancelled'

/** How to tell a device that its place was taken by another address. */
const NOTICE_CONTENT = { data: { event: 'replaced' }, collapseKey: 'event', delayWhileIdle: false }

export async function prepare(context: DeliveryContext, claims: readonly ClaimedJob[]): Promise<PreparedJob[]> {
  const [slices, confirmations] = await Promise.all([
    prepareSlices(context, claims.filter(isSlice)),
    prepareConfirmations(context, claims.filter(isConfirmation)),
  ])
  return [...slices, ...confirmations, ...claims.filter(isNotice).map((claim) => prepareNotice(context, claim))]
}

const isSlice = (claim: ClaimedJob): claim is Claimed<SliceJob> => claim.job.kind === 'slice'
const isConfirmation = (claim: ClaimedJob): claim is Claimed<ConfirmationJob> => claim.job.kind === 'confirmation'
const isNotice = (claim: ClaimedJob): claim is Claimed<NoticeJob> => claim.job.kind === 'notice'

async function prepareSlices(context: DeliveryContext, claims: Claimed<SliceJob>[]): Promise<PreparedJob[]> {
  if (claims.length === 0) return []
  const pairs = claims.flatMap(({ job }) =>
    job.devices.map((device) => ({ releasedOn: job.releasedOn, messageId: job.messageId, device })),
  )
  const ids = [...new Set(claims.map(({ job }) => job.messageId))]
  const now = context.clock.now()
  const withZones = claims.some(({ job }) => job.hasQuietHours)
  const [messages, members] = await Promise.all([
    findMessagesToSend(context.database, ids),
    findSliceMembers(context.database, pairs, new Date(now - SUCCESS_NOTED_EVERY_MS), withZones),
  ])
  const messageById = new Map(messages.map((message) => [message.id, sendable(context, message)]))
  const memberByKey = new Map(members.map((member) => [`${member.messageId} ${member.device}`, member]))
  const contentOf = await findContents(context.database, [...messageById.values()], members)
  const batch = { ...context, contentOf, waitOf: createWaits(now) }
  return claims.map((claim) => {
    const message = messageById.get(claim.job.messageId)
    const own = claim.job.devices.flatMap((device) => memberByKey.get(`${claim.job.messageId} ${device}`) ?? [])
    return prepareSlice(batch, claim, message, own)
  })
}

interface BatchContext extends DeliveryContext {
  readonly waitOf: ReturnType<typeof createWaits>
  readonly contentOf: ContentOf
}

/** The process that accepted it had a secret, and this one has none: the message counts for more than its receipts. */
function sendable({ receiptTokens }: DeliveryContext, message: MessageToSend): MessageToSend {
  if (!message.content.receipts || receiptTokens) return message
  return { ...message, content: { ...message.content, receipts: false } }
}

function prepareSlice(
  context: BatchContext,
  claim: Claimed<SliceJob>,
  message: MessageToSend | undefined,
  members: readonly SliceMember[],
): PreparedJob {
  const tasks: Task[] = []
  const entries: Entry[] = []
  const undeliverable: Undeliverable[] = []
  const early: Early[] = []
  // Without its message (dropped with its retention) a job has nothing left to do.
  for (const member of message ? members : []) {
    if (member.settled || !message) continue
    const prepared = prepareMember(context, claim, message, member)
    if ('dueAt' in prepared) early.push(prepared)
    else if ('needs' in prepared) undeliverable.push(prepared)
    else if ('transport' in prepared) tasks.push(prepared)
    else entries.push(prepared)
  }
  const isSame = !message || !isPersonal(message.content)
  return { claim, tasks: isSame ? tasks : byContent(tasks), entries, undeliverable, early }
}

/** A message for users is not for whoever has one of their devices now. */
function hasChangedHands({ users }: MessageToSend, { address, userId }: SliceMember): boolean {
  return users !== null && address !== undefined && !(userId !== undefined && users.includes(userId))
}

function prepareMember(
  context: BatchContext,
  claim: Claimed<SliceJob>,
  message: MessageToSend,
  member: SliceMember,
): Task | Entry | Undeliverable | Early {
  const { job } = claim
  const { expiresAt = message.expiresAt.getTime() } = job
  const subject: Subject = {
    kind: 'delivery',
    releasedOn: job.releasedOn,
    messageId: message.id,
    device: member.device,
    notesSuccess: member.isQuiet,
  }
  const unsent = (outcome: End['outcome'], reason: string): Entry => ({
    result: resultOf(subject, {
      outcome,
      reason,
      providerId: undefined,
      attempts: job.attempts,
      at: new Date(context.clock.now()),
    }),
  })
  if (message.isCancelled) return unsent('cancelled', CANCELLED)
  if (message.timing?.isPast) return unsent('cancelled', 'LocalTimePast')
  if (hasChangedHands(message, member)) return unsent('cancelled', 'UserChanged')
  if (member.failedReason !== undefined) return unsent('unregistered', member.failedReason)
  if (member.address === undefined || member.transport === undefined) return unsent('cancelled', 'DeviceRemoved')
  const dueAt = context.waitOf({ job, timing: message.timing, timeZone: member.timeZone })
  if (dueAt !== undefined && dueAt >= expiresAt && !message.singleTry) return unsent('expired', QUIET_HOURS)
  if (dueAt !== undefined) return { device: member.device, dueAt, needs: member.transport }
  if (!context.transportOf(message.app, member.transport)) {
    // Where no process has it, somebody must say so in the end.
    const isOver = !message.singleTry && context.clock.now() >= expiresAt
    if (isOver) return unsent('expired', job.reason ?? 'NoTransport')
    return { device: member.device, needs: member.transport }
  }
  return {
    claim,
    app: message.app,
    transport: member.transport,
    address: member.address,
    addressSince: member.registeredAt,
    content: context.contentOf(message, member),
    receipt: message.content.receipts
      ? context.receiptTokens?.issue({
          app: message.app,
          messageId: message.id,
          device: member.device,
          releasedOn: job.releasedOn,
        })
      : undefined,
    messageId: message.id,
    state: {
      progress: progressOf(job),
      expiresAt,
      singleTry: message.singleTry,
    },
    subject,
  }
}

async function prepareConfirmations(
  context: DeliveryContext,
  claims: Claimed<ConfirmationJob>[],
): Promise<PreparedJob[]> {
  if (claims.length === 0) return []
  const secrets = new Map<string, string>()
  for (const { job } of claims) secrets.set(job.registrationId, makeConfirmationToken(context.random))
  const targets = await addSecretHashes(
    context.database,
    [...secrets].map(([registrationId, token]) => ({ registrationId, hash: hashConfirmationToken(token) })),
    new Date(context.clock.now()),
  )
  const targetById = new Map(targets.map((target) => [target.registrationId, target]))
  return claims.map((claim) => {
    const { registrationId, attempt = 1, isFollowUp = false } = claim.job
    const target = targetById.get(registrationId)
    // One that the device asked for itself takes the place of one that comes by itself.
    const isNeedless = isFollowUp && target !== undefined && target.attempts > 1
    if (!target || isNeedless) return { ...NOTHING, claim }
    return withTransport(context, claim, target.address, (transport) => ({
      content: transport.confirmationContent(secrets.get(registrationId) ?? '', attempt),
      messageId: registrationId,
      addressSince: target.registeredAt.getTime(),
      expiresAt: target.expiresAt.getTime(),
      subject: { kind: 'confirmation', registrationId, attempt },
    }))
  })
}

function prepareNotice(context: DeliveryContext, claim: Claimed<NoticeJob>): PreparedJob {
  const { address, id, expiresAt } = claim.job
  if (context.clock.now() >= expiresAt) return { ...NOTHING, claim }
  return withTransport(context, claim, address, () => ({
    content: NOTICE_CONTENT,
    messageId: id,
    addressSince: undefined,
    expiresAt,
    subject: { kind: 'notice' },
  }))
}

export function progressOf({ attempts, unknowns, reason }: Progress): Progress {
  return { attempts, unknowns, reason }
}

type Push = Pick<Task, 'content' | 'messageId' | 'addressSince' | 'subject'> & { readonly expiresAt: number }

function withTransport(
  context: DeliveryContext,
  claim: ClaimedJob,
  address: Address,
  push: (transport: Transport) => Push,
): PreparedJob {
  const { app } = claim.job
  const transport = context.transportOf(app, address.transport)
  if (!transport) {
    return { ...NOTHING, claim, undeliverable: [{ device: undefined, needs: address.transport }] }
  }
  const { expiresAt, ...rest } = push(transport)
  const state = { progress: progressOf(claim.job), expiresAt, singleTry: false }
  return {
    ...NOTHING,
    claim,
    tasks: [{ claim, app, transport: address.transport, address: address.value, state, ...rest }],
  }
}
