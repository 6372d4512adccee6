// The last few messages in the form in which they are sent: one message often goes to many devices. A WeakMap by their
// content costs single messages more than encoding them.
import type { MessageContent } from '../model/message.ts'

export interface RecentMessages<Encoded extends { readonly content: MessageContent }> {
  /** To be searched; in no order. */
  readonly all: readonly Encoded[]
  /** The oldest one is forgotten for it. */
  keep(encoded: Encoded): void
}

/** As many messages as are on their way to many devices at once. */
const KEPT = 8

export function createRecentMessages<Encoded extends { readonly content: MessageContent }>(): RecentMessages<Encoded> {
  const all: Encoded[] = []
  let oldest = 0
  return {
    all,
    keep(encoded) {
      all[oldest] = encoded
      oldest = (oldest + 1) % KEPT
    },
  }
}
