// Receipts of devices. A token that is not genuine costs no look at the database; what is genuine is written many at
// once; and what was told already is known for a while, so that telling it again and again costs nothing either.
import type { Database } from '../database/tx.ts'
import type { ReceiptEvent, ReceiptTokens } from '../model/receipt-token.ts'
import { noteReceipts, type Receipt } from '../store/receipts.ts'
import type { Clock } from '../util/clock.ts'
import { createFifo } from '../util/fifo.ts'

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

const MAX_GROUP = 500
const MAX_COMMITS = 2
const REMEMBERED = 10_000

interface Waiting {
  readonly receipt: Receipt
  readonly resolve: (isKept: boolean) => void
  readonly reject: (error: unknown) => void
}

export function createReceiptDesk({ database, clock, tokens }: ReceiptDeskInput): ReceiptDesk {
  const write = createGroupedWrites(database)
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

/** What arrives while the commits before it are under way makes up the next one. */
function createGroupedWrites(database: Database): (receipt: Receipt) => Promise<boolean> {
  const waiting = createFifo<Waiting>()
  let commits = 0

  function pump(): void {
    while (commits < MAX_COMMITS && waiting.length > 0) {
      commits++
      void writeGroup(database, waiting.take(MAX_GROUP)).finally(() => {
        commits--
        pump()
      })
    }
  }

  return (receipt) =>
    new Promise((resolve, reject) => {
      waiting.push({ receipt, resolve, reject })
      // After this turn of the event loop, so that a list goes together.
      if (waiting.length === 1) setImmediate(pump)
    })
}

async function writeGroup(database: Database, group: readonly Waiting[]): Promise<void> {
  try {
    const kept = await noteReceipts(
      database,
      group.map(({ receipt }) => receipt),
    )
    for (const { receipt, resolve } of group) resolve(kept.has(receipt.messageId))
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
