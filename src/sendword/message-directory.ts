// Messages by id, the handle that sending answers with, and what would become of a message.
import type { Core } from '../app/core.ts'
import type { TransportName } from '../model/address.ts'
import type { Audience } from '../model/audience.ts'
import type { CallerTransaction } from '../model/caller-transaction.ts'
import type { Delivery, DeliveryFilter } from '../model/delivery.ts'
import type { ErrorCode } from '../model/error-table.ts'
import type { FinalOutcome } from '../model/outcome.ts'
import type { Preview } from '../model/preview.ts'
import type { RecipientValues } from '../model/recipient-values.ts'
import type { LocalTime } from '../model/timing.ts'
import { contentOf, type MessageOptions, timingOf } from './message-options.ts'

/** How a message ended. */
export interface SettledMessage {
  readonly id: string
  /** Devices by how they ended. */
  readonly counts: Readonly<Record<FinalOutcome, number>>
  /** Devices that it went to. */
  readonly audienceSize: number
  /** Devices of an audience that could not be reached, and got nothing. */
  readonly skipped: number
  /** For a message to one device: how it ended there. */
  readonly outcome: FinalOutcome | undefined
  /** The push service's word for it, or ours; undefined when it was accepted, and `ValidatedOnly` if no more than that. */
  readonly reason: string | undefined
}

export interface SettledOptions {
  /** Milliseconds to wait; then it rejects with StateError PUSH_MESSAGE_UNSETTLED. Default: as long as it takes. */
  readonly timeout?: number
  /** Rejects with an AbortError when it aborts. */
  readonly signal?: AbortSignal
}

export interface MessageHandle {
  /** UUIDv7. */
  readonly id: string
  /**
   * Resolves when the message has ended for every device, whichever process delivers it.
   * @throws StateError PUSH_MESSAGE_UNKNOWN when the transaction it was part of did not commit.
   */
  settled(options?: SettledOptions): Promise<SettledMessage>
  /**
   * Stops what has not left: those devices end as `cancelled`. What had left has left, and a message that is over stays
   * as it is.
   * @param options.app Default `default`.
   * @throws StateError PUSH_MESSAGE_UNKNOWN.
   */
  cancel(options?: { readonly app?: string }): Promise<void>
  /** How many devices have told so far; undefined for a message that asks for no receipts. @throws StateError PUSH_MESSAGE_UNKNOWN. */
  receipts(): Promise<MessageReceipts | undefined>
}

/** What devices told of a message. */
export interface MessageReceipts {
  readonly delivered: number
  readonly opened: number
  /** For a message to one device; the earliest time that it told. */
  readonly deliveredAt: Date | undefined
  readonly openedAt: Date | undefined
}

export interface MessageDirectory {
  /**
   * Accepts a message for everybody in an audience. Once it resolves (and `tx` has committed), no crash loses it. Devices
   * that cannot be reached are skipped.
   * @throws InputError PUSH_AUDIENCE_INVALID; PUSH_MESSAGE_INVALID or PUSH_MESSAGE_TOO_BIG when a push service of the app
   *   could not carry it, unless `skipUnfit` leaves its devices out.
   * @throws StateError PUSH_APP_UNKNOWN, PUSH_TRANSPORT_UNAVAILABLE, PUSH_IDEMPOTENCY_CONFLICT, PUSH_TRANSACTION_FOREIGN.
   * @example
   * ```ts
   * await sendword.messages.publish({ news: 'spring' }, { audience: { where: { locale: 'pt' } } })
   * ```
   */
  publish(data: Readonly<Record<string, string>>, options: PublishOptions): Promise<MessageHandle>
  /**
   * What `publish` would do: checks all that it checks, and answers whom the message would reach and what their push
   * services would get, with the defaults of variables. Stores nothing, tells nobody, and takes no idempotency key.
   * @throws as `publish`.
   */
  dryRun(data: Readonly<Record<string, string>>, options: PublishOptions): Promise<DryRun>
  /** Whom a message to this audience would reach now. @throws InputError PUSH_AUDIENCE_INVALID. */
  count(audience: Audience, options?: { readonly app?: string }): Promise<AudienceCount>
  /** A message that was accepted before, in any process. Asks nothing of the database yet. */
  handle(id: string): MessageHandle
  /**
   * The request that each of the app's push services would get for a message, byte for byte, with stand-ins in braces for
   * what is secret or differs by device; and what of it is cut or would be refused. Sends and stores nothing.
   * @throws InputError PUSH_MESSAGE_INVALID, PUSH_MESSAGE_TOO_BIG for what no push service could carry.
   * @throws StateError PUSH_APP_UNKNOWN, PUSH_TRANSPORT_UNAVAILABLE.
   */
  preview(data: Readonly<Record<string, string>>, options?: PreviewOptions): TransportPreview[]
  /**
   * What became of a message, one device after the other, read from the database as they are asked for: a million take
   * no more memory than one. While the message is under way, only what has ended by then.
   * @throws StateError PUSH_MESSAGE_UNKNOWN.
   * @example
   * ```ts
   * for await (const { deviceId, reason } of sendword.messages.deliveries(id, { outcome: 'rejected' })) …
   * ```
   */
  deliveries(id: string, filter?: DeliveryFilter): AsyncIterable<Delivery>
}

export interface PublishOptions extends MessageOptions {
  /** Whom it goes to. */
  readonly audience: Audience
  /** Default `default`. */
  readonly app?: string
  /** Leave out devices whose push service cannot carry the message, instead of refusing it. Default false. */
  readonly skipUnfit?: boolean
  /**
   * What the message's variables stand for, by device id or user id, whichever the audience names, and by name; for others
   * their labels say it, or the defaults. At most 1000 of them, and 262,144 bytes of JSON.
   */
  readonly values?: RecipientValues
  /** A repeat with the same key is answered with the message of the first one. At most 255 bytes. */
  readonly idempotencyKey?: string
  /** An open transaction of yours: the message is sent if it commits, and never otherwise. */
  readonly tx?: CallerTransaction
}

export interface AudienceCount {
  /** Devices that would get a message now. */
  readonly devices: number
  readonly byTransport: Readonly<Partial<Record<TransportName, number>>>
  /** Devices of the audience that are pending or failed, and would be skipped. */
  readonly unreachable: number
  /** False when ten seconds were not enough to count them all: there are at least so many. */
  readonly complete: boolean
}

/** What a message would do that is not sent. */
export interface DryRun {
  readonly dryRun: true
  /** Whom it goes to. */
  readonly audience: AudienceCount
  /** Push services that could not carry it, whose devices of the audience `skipUnfit` leaves out. */
  readonly unfit: readonly UnfitDevices[]
  /** The request of each push service that it goes to. */
  readonly previews: readonly TransportPreview[]
  /** When it goes; undefined: at once, or by `localTime`. */
  readonly sendAt: Date | undefined
  /** Of an audience: when it goes to each device. */
  readonly localTime: LocalTime | undefined
  readonly expiresAt: Date
  /** Of one device: its local time is past, and the message would end as `cancelled`. */
  readonly isPast?: true
}

export interface UnfitDevices {
  readonly transport: TransportName
  /** How many of the audience. */
  readonly devices: number
  /** Why. */
  readonly code: ErrorCode
  readonly detail: string
}

export interface PreviewOptions extends MessageOptions {
  /** Default `default`. */
  readonly app?: string
  /** Default: all that the app has. */
  readonly transports?: readonly TransportName[]
  /** In this language, by BCP 47 tag. Default: the app's option `locale`. Variables have their defaults. */
  readonly locale?: string
}

export interface TransportPreview extends Preview {
  readonly transport: TransportName
}

/** @internal So that the published types do not lead to those of the core. */
export function createMessageDirectory(core: Core): MessageDirectory {
  return {
    handle: (id) => messageHandle(core, id),
    async publish(data, options) {
      const { id } = await core.messages.publish(submissionOf(data, options), options.tx)
      return messageHandle(core, id)
    },
    dryRun: (data, options) => core.messages.dryRun(submissionOf(data, options), options.tx),
    count: (audience, { app = 'default' } = {}) => core.messages.count({ app, audience }),
    preview: (data, { app = 'default', ttl, transports, locale, ...options } = {}) =>
      core.messages.preview({ app, content: contentOf(data, options), ttl, transports, locale }),
    async *deliveries(id, { outcome, reason } = {}) {
      for await (const page of await core.ledger.pagesOfMessage({ id, outcome, reason })) yield* page
    },
  }
}

function submissionOf(data: Readonly<Record<string, string>>, options: PublishOptions) {
  const { app = 'default', audience, skipUnfit, values, idempotencyKey, ttl } = options
  const [content, timing] = [contentOf(data, options), timingOf(options)]
  return { app, audience, content, values, ttl, timing, skipUnfit, idempotencyKey }
}

/** @internal As above. */
export function messageHandle(core: Core, id: string): MessageHandle {
  return {
    id,
    async settled(options) {
      const { counts, audienceSize, skipped, single } = await core.messages.settled(id, options)
      return { id, counts, audienceSize, skipped, outcome: single?.outcome, reason: single?.reason }
    },
    async cancel({ app = 'default' } = {}) {
      await core.messages.cancel(app, id)
    },
    receipts: () => core.receipts.count(id),
  }
}
