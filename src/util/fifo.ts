// First in, first out, at a constant cost however long it is: an array's shift() moves all that is behind it.

export interface Fifo<T> {
  readonly length: number
  push(item: T): void
  shift(): T | undefined
  /** Up to `count` items. */
  take(count: number): T[]
}

const COMPACT_AT = 1024

export function createFifo<T>(): Fifo<T> {
  let items: Array<T | undefined> = []
  let head = 0

  const shift = (): T | undefined => {
    if (head === items.length) return undefined
    const item = items[head]
    items[head++] = undefined
    if (head >= COMPACT_AT && head * 2 >= items.length) {
      items = items.slice(head)
      head = 0
    }
    return item
  }

  return {
    get length() {
      return items.length - head
    },
    push: (item) => void items.push(item),
    shift,
    take(count) {
      const taken: T[] = []
      while (taken.length < count && head < items.length) taken.push(shift() as T)
      return taken
    },
  }
}
