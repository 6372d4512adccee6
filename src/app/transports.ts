// The transports of every app, made from its options, and made anew where they change while messages flow.
import { isDeepStrictEqual } from 'node:util'
import type { Database } from '../database/tx.ts'
import type { TransportPlace } from '../delivery/context.ts'
import { TRANSPORT_NAMES, type TransportName } from '../model/address.ts'
import type { Transport, TransportRules } from '../model/transport.ts'
import { createCredentialStore } from '../store/credentials.ts'
import type { Seal } from '../store/seal.ts'
import { checkApnsContent } from '../transports/apns/check.ts'
import { previewApns } from '../transports/apns/preview.ts'
import { createApnsTransport } from '../transports/apns/transport.ts'
import { checkC2dmContent } from '../transports/c2dm/check.ts'
import { previewC2dm } from '../transports/c2dm/preview.ts'
import { createC2dmTransport } from '../transports/c2dm/transport.ts'
import { checkFcmContent } from '../transports/fcm/check.ts'
import { previewFcm } from '../transports/fcm/preview.ts'
import { createFcmTransport } from '../transports/fcm/transport.ts'
import { checkWebPushContent } from '../transports/webpush/check.ts'
import { previewWebPush } from '../transports/webpush/preview.ts'
import { createWebPushTransport } from '../transports/webpush/transport.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { Random } from '../util/random.ts'
import type { ResolvedApp } from './options/resolve-options.ts'
import { type RetiringTransport, retiring } from './retiring-transport.ts'

export interface Transports {
  /** Those of now. */
  all(): TransportPlace[]
  of(app: string, name: TransportName): Transport | undefined
  /** The names of an app's transports. */
  namesOf(app: string): TransportName[]
  /** The pure part, also for an app that has not configured this push service. */
  rulesOf(app: string, name: TransportName): TransportRules
  /**
   * Takes what has the same options over as it is, makes the rest anew, and retires what is replaced or gone: it ends
   * when its last send has ended. Answers with the apps and transports that are not what they were. When it throws
   * ConfigError, nothing has changed.
   */
  replace(apps: ReadonlyMap<string, ResolvedApp>): TransportPlace[]
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

/** What is needed beside an app's options. */
type Parts = Pick<TransportsInput, 'clock' | 'random' | 'logger'> & {
  /** The drawer of this app and transport. */
  readonly credentials: ReturnType<typeof createCredentialStore>
}

type TransportOptions<Name extends TransportName> = NonNullable<ResolvedApp[Name]>

const RULES: Readonly<Record<TransportName, TransportRules>> = {
  c2dm: { name: 'c2dm', check: checkC2dmContent, preview: previewC2dm },
  fcm: { name: 'fcm', check: checkFcmContent, preview: previewFcm },
  apns: { name: 'apns', check: checkApnsContent, preview: previewApns },
  webpush: { name: 'webpush', check: checkWebPushContent, preview: previewWebPush },
}

const MAKERS: { readonly [Name in TransportName]: (options: TransportOptions<Name>, parts: Parts) => Transport } = {
  c2dm: (options, parts) => createC2dmTransport({ options, ...parts }),
  fcm: (options, parts) => createFcmTransport({ options, ...parts }),
  apns: (options, parts) => createApnsTransport({ options, ...parts }),
  webpush: (options, parts) => createWebPushTransport({ options, ...parts }),
}

interface Entry extends RetiringTransport {
  readonly app: string
  /** What it was made from. */
  readonly options: unknown
}

type Entries = ReadonlyMap<string, Entry>

export function createTransports(input: TransportsInput): Transports {
  const retired = new Set<RetiringTransport>()
  let entries = makeEntries(input, input.apps, new Map())
  const of = (app: string, name: TransportName) => entries.get(keyOf(app, name))?.transport

  function retire(entry: RetiringTransport): void {
    retired.add(entry)
    entry
      .retire()
      .catch((error: unknown) => input.logger.warn('A transport that is not used any more did not close.', { error }))
      .finally(() => retired.delete(entry))
  }

  return {
    all: () => Array.from(entries.values(), placeOf),
    of,
    namesOf: (app) => TRANSPORT_NAMES.filter((name) => of(app, name) !== undefined),
    rulesOf: (app, name) => of(app, name) ?? RULES[name],
    replace(apps) {
      const before = entries
      entries = makeEntries(input, apps, before)
      const gone = differing(before, entries)
      for (const entry of gone) retire(entry)
      const places = [...gone, ...differing(entries, before)].map(placeOf)
      return [...new Map(places.map((place) => [keyOf(place.app, place.name), place])).values()]
    },
    async close() {
      await Promise.all([...entries.values(), ...retired].map(({ transport }) => transport.close()))
    },
  }
}

/** Those of `these` that `others` has not. */
function differing(these: Entries, others: Entries): Entry[] {
  return [...these].flatMap(([key, entry]) => (others.get(key) === entry ? [] : [entry]))
}

function makeEntries(input: TransportsInput, apps: ReadonlyMap<string, ResolvedApp>, known: Entries): Entries {
  const entries = new Map<string, Entry>()
  try {
    for (const [app, resolved] of apps) {
      for (const name of TRANSPORT_NAMES) {
        const options = resolved[name]
        if (options === undefined) continue
        const key = keyOf(app, name)
        const same = known.get(key)
        const isSame = same !== undefined && isDeepStrictEqual(same.options, options)
        entries.set(key, isSame ? same : { app, options, ...retiring(make(input, app, name, options)) })
      }
    }
  } catch (error) {
    closeUnused(input, differing(entries, known))
    throw error
  }
  return entries
}

/** They were made in vain, and have sent nothing yet. */
function closeUnused({ logger }: TransportsInput, entries: readonly Entry[]): void {
  for (const { transport } of entries) {
    transport
      .close()
      .catch((error: unknown) => logger.warn('A transport that was made in vain did not close.', { error }))
  }
}

function make<Name extends TransportName>(
  { database, seal, clock, random, logger: base }: TransportsInput,
  app: string,
  name: Name,
  options: TransportOptions<Name>,
): Transport {
  const logger = base.child(name)
  const credentials = createCredentialStore({ database, seal, app, transport: name, logger })
  return MAKERS[name](options, { credentials, clock, random, logger })
}

function placeOf({ app, transport }: Entry): TransportPlace {
  return { app, name: transport.name }
}

function keyOf(app: string, name: TransportName): string {
  return `${app}\0${name}`
}
