// Receipts of devices. A token that is not genuine costs no look at the database; what is genuine is written many at
// once; and what was told already is known for a while, so that telling it again and again costs nothing either.
import type { Database } from '../database/tx.ts'
import type { ReceiptEvent, ReceiptTokens } from '../model/receipt-token.ts'
import { noteReceipts, type Receipt } from '../store/receipts.ts'
import type { Clock } from '../util/clock.ts'
import { type Grouped, inGroups } from '../util/in-groups.ts'

export interface ReceiptClaim {
  readonly receipt: string
  readonly event: ReceiptEvent
  /** By the device's clock. Default: now. */
  readonly at?: Date | undefined
}

export interface ReceiptDesk {
  /**
   * Resolves once everything that can be believed is committed. Answers the places, in the list, of the claims that
   * cannot: not a token of this app, or of a message that is not kept any more.
   */
  take(app: string, claims: readonly ReceiptClaim[]): Promise<number[]>
}

export interface ReceiptDeskInput {
  readonly database: Database
  readonly clock: Clock
  /** Undefined: none was ever issued. */
  readonly tokens: ReceiptTokens | undefined
}

const BOUNDS = { maxGroup: 500, maxRunning: 2 }
const REMEMBERED = 10_000

export function createReceiptDesk({ database, clock, tokens }: ReceiptDeskInput): ReceiptDesk {
  const write = inGroups<Receipt, boolean>(BOUNDS, (group) => writeGroup(database, group))
  const known = createVerdicts()

  async function takeOne(app: string, { receipt: token, event, at }: ReceiptClaim): Promise<boolean> {
    const subject = tokens?.read(app, token)
    if (subject === undefined) return false
    const key = `${token} ${event}`
    const before = known.of(key)
    if (before !== undefined) return before
    const now = clock.now()
    const told = new Date(Math.min(now, Math.max(0, at?.getTime() ?? now)))
    const isKept = await write({ ...subject, event, at: told })
    known.keep(key, isKept)
    return isKept
  }

  return {
    async take(app, claims) {
      const kept = await Promise.all(claims.map((claim) => takeOne(app, claim)))
      return kept.flatMap((isKept, place) => (isKept ? [] : [place]))
    },
  }
}

async function writeGroup(database: Database, group: readonly Grouped<Receipt, boolean>[]): Promise<void> {
  try {
    const kept = await noteReceipts(
      database,
      group.map(({ item }) => item),
    )
    for (const { item, resolve } of group) resolve(kept.has(item.messageId))
  } catch (error) {
    for (const { reject } of group) reject(error)
  }
}

/** What became of the last few: neither verdict ever changes. */
function createVerdicts() {
  const verdicts = new Map<string, boolean>()
  return {
    of: (key: string) => verdicts.get(key),
    keep(key: string, isKept: boolean) {
      verdicts.set(key, isKept)
      if (verdicts.size <= REMEMBERED) return
      const [oldest] = verdicts.keys()
      if (oldest !== undefined) verdicts.delete(oldest)
    },
  }
}
