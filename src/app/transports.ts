// The transports of every app, made from its options.
import type { Database } from '../database/tx.ts'
import type { TransportName } from '../model/address.ts'
import type { Transport, TransportRules } from '../model/transport.ts'
import { createCredentialStore } from '../store/credentials.ts'
import type { Seal } from '../store/seal.ts'
import { checkC2dmContent } from '../transports/c2dm/check.ts'
import { createC2dmTransport } from '../transports/c2dm/transport.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { Random } from '../util/random.ts'
import type { ResolvedApp } from './options/resolve-options.ts'

export interface AppTransport {
  readonly app: string
  readonly transport: Transport
}

export interface Transports {
  readonly all: readonly AppTransport[]
  of(app: string, name: TransportName): Transport | undefined
  /** The pure part, also for an app that has not configured this push service. */
  rulesOf(app: string, name: TransportName): TransportRules
  close(): Promise<void>
}

export interface TransportsInput {
  readonly apps: ReadonlyMap<string, ResolvedApp>
  readonly database: Database
  readonly seal: Seal | undefined
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

const RULES: Readonly<Record<TransportName, TransportRules>> = { c2dm: { name: 'c2dm', check: checkC2dmContent } }

export function createTransports(input: TransportsInput): Transports {
  const all = [...input.apps].flatMap(([app, options]) => transportsOf(input, app, options))
  const byKey = new Map(all.map((entry) => [`${entry.app}\0${entry.transport.name}`, entry.transport]))
  const of = (app: string, name: TransportName) => byKey.get(`${app}\0${name}`)
  return {
    all,
    of,
    rulesOf: (app, name) => of(app, name) ?? RULES[name],
    async close() {
      await Promise.all(all.map(({ transport }) => transport.close()))
    },
  }
}

function transportsOf(input: TransportsInput, app: string, { c2dm }: ResolvedApp): AppTransport[] {
  const { database, seal, clock, random } = input
  if (!c2dm) return []
  const logger = input.logger.child('c2dm')
  const credentials = createCredentialStore({ database, seal, app, transport: 'c2dm', logger })
  return [{ app, transport: createC2dmTransport({ options: c2dm, credentials, clock, random, logger }) }]
}
