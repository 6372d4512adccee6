// The Database that everybody holds: a pool of connections, the guard against statements that would commit apart
// from an open transaction, and the listeners.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { PgRemoteDatabase } from 'drizzle-orm/pg-proxy'
import pg, { type PoolClient } from 'pg'
import { StateError } from '../model/push-error.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { Random } from '../util/random.ts'
import { clientClass, type HostFailure, noneUsable } from './connect.ts'
import { isReadOnly, isRetryableTransaction, isUnavailable, toDatabaseError } from './connection-errors.ts'
import type { ConnectionSource } from './connection-source.ts'
import { drizzleOver } from './drizzle-proxy.ts'
import { giveBackAfter } from './give-back.ts'
import { Listener } from './listener.ts'
import { runOnClient, type Shape } from './query-client.ts'
import { runTransaction, type TransactionScope } from './transaction.ts'
import type { Database, ListenHandle, Tx } from './tx.ts'

const TRANSACTION_TRIES = 5
const IDLE_MS = 30_000

export interface PooledDatabaseInput {
  readonly source: ConnectionSource
  readonly poolSize: number
  readonly logger: Logger
  readonly clock: Clock
  readonly random: Random
}

export class PooledDatabase implements Database {
  readonly location: string
  readonly folder: string | undefined
  readonly #input: PooledDatabaseInput
  readonly #pool: pg.Pool
  readonly #scopes = new AsyncLocalStorage<TransactionScope>()
  readonly #listeners = new Set<Listener>()
  #drizzle: PgRemoteDatabase | undefined
  #closed: Promise<void> | undefined

  constructor(input: PooledDatabaseInput) {
    const { source, logger } = input
    this.#input = input
    this.location = source.location
    this.folder = source.folder
    const Client = clientClass(source.pooled)
    this.#pool = new pg.Pool({ max: input.poolSize, idleTimeoutMillis: IDLE_MS, Client })
    // A connection that breaks while nobody uses it: the pool has dropped it already. Unheard, the event would end
    // the process.
    this.#pool.on('error', (error) => logger.debug('An idle connection was lost.', { reason: error.message }))
  }

  async execute<Row = Record<string, unknown>>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.#run(text, values, 'objects')) as Row[]
  }

  get drizzle(): PgRemoteDatabase {
    this.#drizzle ??= drizzleOver((text, values, shape) => this.#run(text, values, shape))
    return this.#drizzle
  }

  async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    this.#guard()
    for (let tries = 1; ; tries++) {
      const client = await this.#connect()
      let begun = false
      try {
        return await runTransaction(client, work, (scope, body) => {
          begun = true
          return this.#scopes.run(scope, body)
        })
      } catch (error) {
        this.#leaveIfReadOnly(error)
        // A pooled connection may turn out to be dead at BEGIN, when nothing has been done on it yet.
        const repeatable = isRetryableTransaction(error) || (!begun && isUnavailable(error))
        if (tries >= TRANSACTION_TRIES || !repeatable) throw error
      }
    }
  }

  async listen(channel: string, onNotify: (payload: string) => void, onReconnect: () => void): Promise<ListenHandle> {
    this.#assertOpen()
    const { source, logger, clock, random } = this.#input
    const listener = new Listener({ source, channel, onNotify, onReconnect, logger, clock, random })
    this.#listeners.add(listener)
    try {
      await this.#scopes.exit(() => listener.open())
    } catch (error) {
      this.#listeners.delete(listener)
      throw error
    }
    return {
      close: async () => {
        this.#listeners.delete(listener)
        await listener.close()
      },
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#listeners].map((listener) => listener.close()))
    await this.#pool.end()
    await this.#input.source.leave()
  }

  async #run(text: string, values: readonly unknown[], shape: Shape): Promise<unknown[]> {
    this.#guard()
    const client = await this.#connect()
    try {
      const { rows } = await runOnClient(client, text, values, shape)
      client.release()
      return rows
    } catch (error) {
      // A text of several statements, as pg-boss runs them, may have begun a transaction that it did not come to end.
      if (values.length === 0) await giveBackAfter(client, error)
      else client.release(isUnavailable(error))
      this.#leaveIfReadOnly(error)
      throw error
    }
  }

  async #connect(): Promise<PoolClient> {
    this.#assertOpen()
    const { source } = this.#input
    try {
      return await this.#connectAnywhere()
    } catch (error) {
      if (source.recover === undefined || !isUnavailable(error)) throw toDatabaseError(error)
    }
    await source.recover()
    return await this.#connectAnywhere().catch((error: unknown) => {
      throw toDatabaseError(error)
    })
  }

  /** Each failure makes the next server the one to ask. */
  async #connectAnywhere(): Promise<PoolClient> {
    const { pooled } = this.#input.source
    const failures: HostFailure[] = []
    while (failures.length < pooled.count) {
      this.#assertOpen()
      const host = pooled.first
      try {
        return await this.#pool.connect()
      } catch (error) {
        if (pooled.count === 1 || !isUnavailable(error)) throw error
        failures.push({ host, error })
      }
    }
    throw noneUsable(failures)
  }

  /** A server that has become a standby keeps its connections; nobody must go on with them, listening included. */
  #leaveIfReadOnly(error: unknown): void {
    const { pooled, direct } = this.#input.source
    if (!isReadOnly(error) || !pooled.mustWrite) return
    pooled.leave()
    direct.leave()
  }

  #guard(): void {
    // The scope of a transaction that has ended may live on in timers and listeners that were made inside it.
    if (this.#scopes.getStore()?.open) throw new StateError('PUSH_TRANSACTION_NESTED')
  }

  #assertOpen(): void {
    if (this.#closed !== undefined) throw new StateError('PUSH_CLOSED')
  }
}
