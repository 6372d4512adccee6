// Messages that were cancelled a moment ago, so that what this process has prepared of them is not sent any more. What is
// prepared later finds it in the database.

/** More than are cancelled while one batch of jobs is on its way. */
const REMEMBERED = 1_000

export interface Cancellations {
  add(messageId: string): void
  has(messageId: string): boolean
}

export function createCancellations(): Cancellations {
  const ids = new Set<string>()
  return {
    add(messageId) {
      ids.add(messageId)
      if (ids.size <= REMEMBERED) return
      const [oldest] = ids
      if (oldest !== undefined) ids.delete(oldest)
    },
    has: (messageId) => ids.has(messageId),
  }
}
