// The NOTIFY channel on which workers hear that there may be something to do. A process listens on one connection,
// however many of its parts want to hear.
import type { Database, ListenHandle, Tx } from '../database/tx.ts'

const CHANNEL = 'sendword_work'

/** What there may be to do. A hint only: whoever misses one finds out by looking. */
export type Hint =
  /** Jobs that nothing else may be in the way of. */
  | { readonly kind: 'urgent' }
  /** Jobs of any kind. */
  | { readonly kind: 'jobs' }
  | { readonly kind: 'fan-out' }
  /** Not to do any more: this message. */
  | { readonly kind: 'cancelled'; readonly messageId: string }

export interface WorkChannel {
  readonly name: string
  /** Takes effect when the transaction commits. */
  tell(tx: Tx, hint: Hint): Promise<void>
  listen(onHint: (hint: Hint) => void): Promise<ListenHandle>
}

const CANCELLED = 'cancelled '

export function createWorkChannel(database: Database): WorkChannel {
  const listeners = new Set<(hint: Hint) => void>()
  let listening: Promise<ListenHandle> | undefined

  const pass = (hint: Hint) => {
    for (const onHint of [...listeners]) onHint(hint)
  }
  const passAll = () => {
    pass({ kind: 'jobs' })
    pass({ kind: 'fan-out' })
  }

  async function leave(onHint: (hint: Hint) => void): Promise<void> {
    listeners.delete(onHint)
    const last = listening
    if (listeners.size > 0 || last === undefined) return
    listening = undefined
    await (await last).close()
  }

  return {
    name: CHANNEL,
    async tell(tx, hint) {
      const text = hint.kind === 'cancelled' ? CANCELLED + hint.messageId : hint.kind
      // As text: Prisma reads no column of type void.
      await tx.execute(`SELECT pg_notify('${CHANNEL}', $1)::text`, [text])
    },
    async listen(onHint) {
      listeners.add(onHint)
      listening ??= database.listen(CHANNEL, (text) => pass(readHint(text)), passAll)
      try {
        await listening
      } catch (error) {
        listeners.delete(onHint)
        listening = undefined
        throw error
      }
      return { close: () => leave(onHint) }
    },
  }
}

function readHint(text: string): Hint {
  if (text.startsWith(CANCELLED)) return { kind: 'cancelled', messageId: text.slice(CANCELLED.length) }
  if (text === 'urgent' || text === 'fan-out') return { kind: text }
  return { kind: 'jobs' }
}
