// Encryption off the main thread: a few worker threads, started when there is work and ended when there is none for a
// while. Messages that come together go in one batch.
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { StateError } from '../../model/push-error.ts'
import { createFifo } from '../../util/fifo.ts'
import { type EncryptionJob, encryptJob, packJobs, unpackBodies } from './encrypt-batch.ts'

export interface Encryption {
  /** The body of the request; undefined: the recipient's key is no point of the curve. */
  encrypt(job: EncryptionJob): Promise<Buffer | undefined>
  /** Ends the threads. What was not encrypted yet fails. */
  close(): Promise<void>
}

/** @param threads 0: in this thread. */
export function createEncryption(threads: number): Encryption {
  if (threads === 0) return { encrypt: async (job) => encryptJob(job), close: async () => undefined }
  const pool = new EncryptionPool(threads)
  return { encrypt: (job) => pool.encrypt(job), close: () => pool.close() }
}

/** Beside this file, with the same ending: .ts in the source, .js once built. */
const WORKER = new URL(`./encrypt-worker${extname(import.meta.url)}`, import.meta.url)
/** Enough that a hop between threads is cheap beside it, few enough that no message waits long for its neighbours. */
const MAX_BATCH = 64
/** One that is worked on, and one that is ready when it ends. */
const MAX_BATCHES_PER_THREAD = 2
const IDLE_MS = 30_000

interface Pending {
  readonly job: EncryptionJob
  resolve(body: Buffer | undefined): void
  reject(error: unknown): void
}

class EncryptionPool {
  readonly #maxThreads: number
  readonly #threads = new Set<EncryptionThread>()
  readonly #waiting = createFifo<Pending>()
  #flushing = false
  #closed = false

  constructor(maxThreads: number) {
    this.#maxThreads = maxThreads
  }

  encrypt(job: EncryptionJob): Promise<Buffer | undefined> {
    if (this.#closed) return Promise.reject(new StateError('PUSH_CLOSED'))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject })
      if (this.#flushing) return
      this.#flushing = true
      // Whatever else is asked for in this turn of the event loop goes along.
      setImmediate(() => this.#flush())
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const { reject } of this.#waiting.take(this.#waiting.length)) reject(new StateError('PUSH_CLOSED'))
    await Promise.all(Array.from(this.#threads, (thread) => thread.end()))
  }

  #flush(): void {
    this.#flushing = false
    while (this.#waiting.length > 0 && !this.#closed) {
      const thread = this.#chooseThread()
      if (thread === undefined) return
      const share = Math.ceil(this.#waiting.length / this.#maxThreads)
      thread.run(this.#waiting.take(Math.min(MAX_BATCH, share)))
    }
  }

  #chooseThread(): EncryptionThread | undefined {
    const [freest] = [...this.#threads].sort((a, b) => a.batches - b.batches)
    if (freest !== undefined && (freest.batches === 0 || this.#threads.size === this.#maxThreads)) {
      return freest.batches < MAX_BATCHES_PER_THREAD ? freest : undefined
    }
    const thread = new EncryptionThread({
      onRoom: () => this.#flush(),
      onEnded: (ended) => {
        this.#threads.delete(ended)
        this.#flush()
      },
    })
    this.#threads.add(thread)
    return thread
  }
}

interface ThreadCallbacks {
  onRoom(): void
  onEnded(thread: EncryptionThread): void
}

class EncryptionThread {
  readonly #worker = new Worker(WORKER, { name: 'sendword-webpush' })
  readonly #callbacks: ThreadCallbacks
  readonly #batches: Pending[][] = []
  #idle: NodeJS.Timeout | undefined
  #failure: unknown

  constructor(callbacks: ThreadCallbacks) {
    this.#callbacks = callbacks
    this.#worker.on('message', (packed: Uint8Array) => this.#onBodies(packed))
    this.#worker.on('error', (error) => {
      this.#failure = error
    })
    this.#worker.on('exit', () => this.#onExit())
  }

  get batches(): number {
    return this.#batches.length
  }

  run(batch: Pending[]): void {
    clearTimeout(this.#idle)
    // A thread keeps the process alive while it has work, and never otherwise.
    this.#worker.ref()
    this.#batches.push(batch)
    const packed = packJobs(batch.map(({ job }) => job))
    this.#worker.postMessage(packed, [packed.buffer])
  }

  async end(): Promise<void> {
    clearTimeout(this.#idle)
    await this.#worker.terminate()
  }

  #onBodies(packed: Uint8Array): void {
    const batch = this.#batches.shift() ?? []
    const bodies = unpackBodies(packed)
    for (const { resolve } of batch) resolve(bodies.next().value ?? undefined)
    if (this.#batches.length === 0) {
      this.#worker.unref()
      this.#idle = setTimeout(() => {
        // First, so that no batch comes to a thread that is about to end.
        this.#callbacks.onEnded(this)
        void this.end()
      }, IDLE_MS)
      this.#idle.unref()
    }
    this.#callbacks.onRoom()
  }

  #onExit(): void {
    clearTimeout(this.#idle)
    const error = new Error('The thread that encrypts ended before its work did.', { cause: this.#failure })
    for (const { reject } of this.#batches.splice(0).flat()) reject(error)
    this.#callbacks.onEnded(this)
  }
}
