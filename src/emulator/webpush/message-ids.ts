// Ids of messages. Each says whose message it is, as autopush's do, so that nothing has to be remembered of it.
import type { Random } from '../../util/random.ts'

export interface MessageIds {
  make(owner: string): string
  /** Undefined for what is no id. */
  ownerOf(id: string): string | undefined
}

const RANDOM_BYTES = 16
/** Randomness is drawn in blocks: a system call for each message would cost more than judging it in bench mode. */
const BLOCK_BYTES = 256 * RANDOM_BYTES
const OWNER = /^d\d{1,10}$/

export function createMessageIds(random: Random): MessageIds {
  let block: Buffer = Buffer.alloc(0)
  return {
    make(owner) {
      if (block.length === 0) block = random.bytes(BLOCK_BYTES)
      const id = Buffer.concat([block.subarray(0, RANDOM_BYTES), Buffer.from(owner)])
      block = block.subarray(RANDOM_BYTES)
      return id.toString('base64url')
    },
    ownerOf(id) {
      const owner = Buffer.from(id, 'base64url').subarray(RANDOM_BYTES).toString('latin1')
      return OWNER.test(owner) ? owner : undefined
    },
  }
}
