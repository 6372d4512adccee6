// Ids as Google's push services give them to a message that they took: `0:<microseconds>%<16 hex digits>`.
import type { Clock } from '../../util/clock.ts'
import type { Random } from '../../util/random.ts'

export function createProviderIds(clock: Clock, random: Random): () => string {
  let made = 0
  let digits = ''
  return () => {
    // Randomness is drawn in blocks: a system call for each message would cost more than judging it.
    if (digits === '') digits = random.bytes(2048).toString('hex')
    const id = `0:${clock.now() * 1000 + (made++ % 1000)}%${digits.slice(0, 16)}`
    digits = digits.slice(16)
    return id
  }
}
