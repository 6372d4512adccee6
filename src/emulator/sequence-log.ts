// A bounded log whose entries are numbered from 1 and can be waited for: the form of inboxes and of the request log.
import type { Clock } from '../util/clock.ts'
import { EmulatorError } from './emulator-error.ts'

export interface Sequenced {
  /** 1 for the first entry; never used twice, also after a clear. */
  readonly sequence: number
}

export interface NextOptions<Entry> {
  /** Only entries with a greater sequence number count. Default 0: the oldest entry kept counts too. */
  readonly after?: number | undefined
  /** Only entries for which it returns true count. Default: every entry. */
  readonly where?: ((entry: Entry) => boolean) | undefined
  /** Milliseconds to wait at most; then it rejects with EMULATOR_TIMEOUT. Default 10,000. */
  readonly timeoutMs?: number | undefined
  /** Stops the wait: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

const DEFAULT_TIMEOUT_MS = 10_000

interface Waiter<Entry> {
  readonly after: number
  readonly where: ((entry: Entry) => boolean) | undefined
  resolve(entry: Entry): void
  reject(reason: unknown): void
}

export interface SequenceLogOptions {
  readonly clock: Clock
  /** The newest entries that are kept. */
  readonly limit: number
  /** What the entries are, for the text of a timeout: "the inbox of d1". */
  readonly name: string
}

export class SequenceLog<Entry extends Sequenced> {
  readonly #options: SequenceLogOptions
  readonly #waiters = new Set<Waiter<Entry>>()
  #entries: Entry[] = []
  #last = 0
  #end: EmulatorError | undefined

  constructor(options: SequenceLogOptions) {
    this.#options = options
  }

  /** The sequence number of the newest entry ever; 0 before the first. */
  get last(): number {
    return this.#last
  }

  get size(): number {
    return Math.min(this.#entries.length, this.#options.limit)
  }

  append(make: (sequence: number) => Entry): Entry {
    const { limit } = this.#options
    const entry = make(++this.#last)
    this.#entries.push(entry)
    // Trimming in strides: dropping the head of a long array on every append would copy it every time.
    if (this.#entries.length >= limit * 2) this.#entries = this.#entries.slice(-limit)
    for (const waiter of this.#waiters) this.#offer(waiter, entry)
    return entry
  }

  /** A copy of the kept entries with a greater sequence number, oldest first. */
  after(sequence: number): Entry[] {
    const kept = this.#entries.slice(-this.#options.limit)
    const first = kept[0]
    // Numbers have no gaps within what is kept, so the place follows from the number.
    return first === undefined ? [] : kept.slice(Math.max(0, sequence + 1 - first.sequence))
  }

  /** Resolves with the oldest kept entry that fits, or with the first that comes. */
  async next(options: NextOptions<Entry> = {}): Promise<Entry> {
    const { after = 0, where, timeoutMs = DEFAULT_TIMEOUT_MS, signal } = options
    signal?.throwIfAborted()
    if (this.#end) throw this.#end
    const present = this.after(after).find((entry) => where?.(entry) ?? true)
    if (present) return present
    const settled = new AbortController()
    const arrival = new Promise<Entry>((resolve, reject) => {
      const waiter = { after, where, resolve, reject }
      this.#waiters.add(waiter)
      settled.signal.addEventListener('abort', () => this.#waiters.delete(waiter), { once: true })
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true, signal: settled.signal })
    })
    const timeout = this.#options.clock.sleep(timeoutMs, settled.signal).then(() => {
      throw new EmulatorError('EMULATOR_TIMEOUT', this.#timeoutText(timeoutMs, after))
    })
    try {
      return await Promise.race([arrival, timeout])
    } finally {
      settled.abort()
    }
  }

  /** Forgets the entries; numbers go on. */
  clear(): void {
    this.#entries = []
  }

  /** Ends every wait, and every later one, with this error. */
  end(error: EmulatorError): void {
    this.#end = error
    for (const waiter of this.#waiters) waiter.reject(error)
  }

  #offer(waiter: Waiter<Entry>, entry: Entry): void {
    if (entry.sequence <= waiter.after) return
    try {
      if (waiter.where?.(entry) ?? true) waiter.resolve(entry)
    } catch (error) {
      // The predicate is the caller's; its fault must not reach the request that brought the entry.
      waiter.reject(error)
    }
  }

  #timeoutText(timeoutMs: number, after: number): string {
    const others = this.after(after).length
    const seen = others === 0 ? 'nothing came' : `${others} entries came, and none of them fits`
    return `Waited ${timeoutMs} ms on ${this.#options.name} after number ${after}: ${seen}.`
  }
}
