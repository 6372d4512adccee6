// LISTEN on a connection of its own, which is made anew whenever it is lost.
import { StateError } from '../model/push-error.ts'
import { backoffMs } from '../util/backoff.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { Random } from '../util/random.ts'
import { type Connection, openAnywhere } from './connect.ts'
import { toDatabaseError } from './connection-errors.ts'
import type { ConnectionSource } from './connection-source.ts'
import type { ListenHandle, Tx } from './tx.ts'

const RECONNECT = { baseMs: 50, capMs: 5_000 }
/** A network that drops packets silently is noticed this late at most, twice over. */
const KEEPALIVE_MS = 15_000

export interface ListenInput {
  readonly source: ConnectionSource
  readonly channel: string
  readonly onNotify: (payload: string) => void
  readonly onReconnect: () => void
  readonly logger: Logger
  readonly clock: Clock
  readonly random: Random
}

interface Subscription extends Connection {
  /** Resolves when the connection has ended, for whatever reason. */
  readonly lost: Promise<void>
}

export class Listener implements ListenHandle {
  readonly #input: ListenInput
  readonly #closing = new AbortController()
  #current: Subscription | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(input: ListenInput) {
    this.#input = input
  }

  /** Resolves with the first subscription; waits for a server that is down. */
  async open(): Promise<void> {
    const first = await this.#subscribe()
    this.#running = this.#keep(first)
  }

  async close(): Promise<void> {
    this.#closing.abort(new StateError('PUSH_CLOSED'))
    this.#current?.destroy()
    await this.#running
  }

  async #keep(first: Subscription): Promise<void> {
    let subscription = first
    while (!this.#closing.signal.aborted) {
      const ended = new AbortController()
      void this.#checkAlive(subscription, ended.signal)
      await subscription.lost
      ended.abort()
      if (this.#closing.signal.aborted) return
      this.#input.logger.debug('The listening connection was lost; making it anew.', { channel: this.#input.channel })
      try {
        subscription = await this.#subscribe()
      } catch {
        return // only closing ends the tries
      }
      this.#input.onReconnect()
    }
  }

  async #subscribe(): Promise<Subscription> {
    const { clock, random, channel, logger } = this.#input
    for (let repeats = 0; ; repeats++) {
      this.#closing.signal.throwIfAborted()
      try {
        return await this.#subscribeOnce()
      } catch (error) {
        const reason = String(toDatabaseError(error))
        logger.debug('LISTEN failed; trying again.', { channel, reason })
      }
      await clock.sleep(backoffMs({ policy: RECONNECT, repeats }, random), this.#closing.signal)
    }
  }

  async #subscribeOnce(): Promise<Subscription> {
    const { source, channel, onNotify } = this.#input
    await source.recover?.()
    const connection = await openAnywhere(source.direct, { application_name: sessionName(channel) })
    const { client, destroy } = connection
    const lost = new Promise<void>((resolve) => {
      client.once('end', () => resolve())
      client.on('error', () => destroy())
    })
    client.on('notification', (message) => onNotify(message.payload ?? ''))
    try {
      await client.query(`LISTEN ${client.escapeIdentifier(channel)}`)
      this.#closing.signal.throwIfAborted()
    } catch (error) {
      destroy()
      throw error
    }
    this.#current = { client, destroy, lost }
    return this.#current
  }

  async #checkAlive({ client, destroy }: Subscription, ended: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await this.#input.clock.sleep(KEEPALIVE_MS, ended)
        const answered = new AbortController()
        const deadline = this.#input.clock
          .sleep(KEEPALIVE_MS, AbortSignal.any([ended, answered.signal]))
          .then(destroy, () => undefined)
        await client.query('SELECT 1')
        answered.abort()
        await deadline
      }
    } catch {
      destroy()
    }
  }
}

/** PostgreSQL tells nobody which channels others listen to, but it shows the names of their sessions. */
function sessionName(channel: string): string {
  return `sendword listens to ${channel}`
}

/** Whether some process listens to `channel` on this database now. */
export async function hasListeners(tx: Tx, channel: string): Promise<boolean> {
  const rows = await tx.execute(
    'SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1 LIMIT 1',
    [sessionName(channel)],
  )
  return rows.length > 0
}
