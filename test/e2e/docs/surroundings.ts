// What the fragments in the documentation take for granted: the names that a reader's own program has.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import { pgTable, text } from 'drizzle-orm/pg-core'
import type { FastifyInstance } from 'fastify'
import type { Hono } from 'hono'
import type { Knex } from 'knex'
import type { Kysely } from 'kysely'
import type pg from 'pg'
import type { Device, Mount, Sendword } from '../../../src/index.ts'

export declare const sendword: Sendword
export declare const device: Device
export declare const c2dm: Mount
export declare const server: Server
export declare const expressApp: {
  use(prefix: string, listener: (request: IncomingMessage, response: ServerResponse) => void): void
}
export declare const fastifyApp: FastifyInstance
export declare const honoApp: Hono<{ Bindings: HttpBindings }>
export declare const pool: pg.Pool
export declare const client: pg.PoolClient
export const orders = pgTable('orders', { id: text().primaryKey() })
export declare const drizzleDb: NodePgDatabase
export declare const kyselyDb: Kysely<{ orders: { id: string } }>
export declare const knexDb: Knex
/** In the shape of a generated client of Prisma. */
export declare const prisma: {
  $transaction<T>(
    work: (tx: {
      readonly order: { create(input: { data: { id: string } }): Promise<{ id: string }> }
      $queryRawUnsafe<Rows>(query: string, ...values: unknown[]): Promise<Rows>
    }) => Promise<T>,
  ): Promise<T>
}
