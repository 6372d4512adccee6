// Messages by id, and the handle that sending answers with.
import type { Core } from '../app/core.ts'
import type { FinalOutcome } from '../model/outcome.ts'

/** How a message ended. */
export interface SettledMessage {
  readonly id: string
  /** Devices by how they ended. */
  readonly counts: Readonly<Record<FinalOutcome, number>>
  /** For a message to one device: how it ended there. */
  readonly outcome: FinalOutcome | undefined
  /** The push service's word for it, or ours; undefined when it was accepted. */
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
}

export interface MessageDirectory {
  /** A message that was accepted before, in any process. Asks nothing of the database yet. */
  handle(id: string): MessageHandle
}

/** @internal So that the published types do not lead to those of the core. */
export function createMessageDirectory(core: Core): MessageDirectory {
  return { handle: (id) => messageHandle(core, id) }
}

/** @internal As above. */
export function messageHandle(core: Core, id: string): MessageHandle {
  return {
    id,
    async settled(options) {
      const { counts, single } = await core.messages.settled(id, options)
      return { id, counts, outcome: single?.outcome, reason: single?.reason }
    },
  }
}
