// The messages that FCM took lately for some address: when it then blames the message or the address of another send,
// without saying which, it is the address. Bounded, the oldest forgotten first.

export interface GoodMessages {
  add(messageId: string): void
  has(messageId: string): boolean
}

const MAX_REMEMBERED = 1_000

export function createGoodMessages(): GoodMessages {
  const ids = new Set<string>()
  return {
    add(messageId) {
      if (ids.has(messageId)) return
      ids.add(messageId)
      if (ids.size <= MAX_REMEMBERED) return
      const [oldest] = ids
      if (oldest !== undefined) ids.delete(oldest)
    },
    has: (messageId) => ids.has(messageId),
  }
}
