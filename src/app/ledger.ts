// What became of messages, device by device, as the library and the doors ask for it.
import type { Database } from '../database/tx.ts'
import type { Delivery, DeliveryFilter, DeliveryPage } from '../model/delivery.ts'
import { isStorableText } from '../model/message.ts'
import { InputError, StateError } from '../model/push-error.ts'
import { createProgressWatch, type ProgressWatch } from '../publishing/progress-watch.ts'
import { findReleaseDay, pageOfDevice, pageOfMessage } from '../store/ledger.ts'
import type { Clock } from '../util/clock.ts'
import { isUuid } from '../util/ids.ts'
import type { DeviceRef } from './devices.ts'
import { assertLimit, DEFAULT_PAGE, MAX_PAGE, type PageQuery } from './page.ts'

export interface MessageQuery extends DeliveryFilter {
  readonly id: string
  /** Default: of whatever app. */
  readonly app?: string | undefined
}

type Followed = ReturnType<ProgressWatch['follow']>

export interface Ledger {
  /** By device. Throws PUSH_MESSAGE_UNKNOWN, PUSH_REQUEST_INVALID. */
  ofMessage(query: MessageQuery & PageQuery): Promise<DeliveryPage>
  /** The newest message first. Throws PUSH_DEVICE_UNKNOWN, PUSH_REQUEST_INVALID. */
  ofDevice(query: DeviceRef & PageQuery): Promise<DeliveryPage>
  /**
   * How a message stands, now and every second, until it is over or `signal` aborts. Throws PUSH_MESSAGE_UNKNOWN before
   * the first.
   */
  follow(message: { readonly app: string; readonly id: string }, signal: AbortSignal): Promise<Followed>
  /**
   * Everything of a message, a page in memory at a time, each asked for when the one before is done with. Throws
   * PUSH_MESSAGE_UNKNOWN before the first.
   */
  pagesOfMessage(query: MessageQuery & Pick<PageQuery, 'after'>): Promise<AsyncGenerator<readonly Delivery[], void>>
}

export interface LedgerInput {
  readonly database: Database
  readonly clock: Clock
  readonly assertApp: (app: string) => void
}

export function createLedger({ database, clock, assertApp }: LedgerInput): Ledger {
  const watch = createProgressWatch({ database, clock })
  async function dayOf({ id, app, reason = '' }: MessageQuery): Promise<string> {
    if (app !== undefined) assertApp(app)
    if (!isStorableText(reason)) throw new InputError('PUSH_REQUEST_INVALID', { detail: 'No reason has a NUL in it.' })
    const day = isUuid(id) ? await findReleaseDay(database, id, app) : undefined
    if (day === undefined) throw new StateError('PUSH_MESSAGE_UNKNOWN')
    return day
  }
  async function* pages(
    { id, after, outcome, reason }: MessageQuery & Pick<PageQuery, 'after'>,
    releasedOn: string,
  ): AsyncGenerator<readonly Delivery[], void> {
    for (let cursor = after, more = true; more; ) {
      const filter = { outcome, reason, after: cursor, limit: MAX_PAGE }
      const page = await pageOfMessage(database, { messageId: id, releasedOn, ...filter })
      if (page.deliveries.length > 0) yield page.deliveries
      cursor = page.next
      more = cursor !== undefined
    }
  }
  return {
    async ofMessage({ id, app, limit = DEFAULT_PAGE, ...query }) {
      assertPage({ limit, after: query.after })
      const releasedOn = await dayOf({ id, app, ...query })
      return await pageOfMessage(database, { messageId: id, releasedOn, limit, ...query })
    },
    async ofDevice({ app, deviceId, after, limit = DEFAULT_PAGE }) {
      assertApp(app)
      assertPage({ limit, after })
      const page = await pageOfDevice(database, { app, deviceId, after, limit })
      if (!page) throw new StateError('PUSH_DEVICE_UNKNOWN')
      return page
    },
    async follow({ app, id }, signal) {
      await dayOf({ app, id })
      return watch.follow(id, signal)
    },
    async pagesOfMessage(query) {
      assertPage({ after: query.after })
      return pages(query, await dayOf(query))
    },
  }
}

function assertPage({ after, limit = 1 }: PageQuery): void {
  assertLimit(limit)
  if (after !== undefined && !isUuid(after)) {
    throw new InputError('PUSH_REQUEST_INVALID', { detail: 'after must be the `next` of the page before.' })
  }
}
