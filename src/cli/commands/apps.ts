// `sendword apps`: which push services the apps have, what holds them back, and ending a pause or closing a breaker.
import { Argument, Command } from 'commander'
import type { Core } from '../../app/core.ts'
import { TRANSPORT_NAMES, type TransportName } from '../../model/address.ts'
import type { CommandContext } from '../command-context.ts'
import { type JsonFlags, type PlaceFlags, withExample, withJson, withPlace } from '../flags.ts'
import { columns } from '../text-table.ts'
import { withCore } from '../with-core.ts'

type Hold = Awaited<ReturnType<Core['pauses']['list']>>[number]

interface ListedTransport {
  readonly transport: TransportName
  readonly state: 'sending' | 'held' | 'paused'
  /** The push service's word for it, since when, and until when: then sending goes on or, when paused, may be tried. */
  readonly reason?: string
  readonly since?: Date
  readonly until?: Date
  /** Nearly all addresses were called dead, so that none is deactivated, until a message that is tried is taken. */
  readonly breaker?: { readonly since: Date; readonly sends: number; readonly dead: number; readonly probeAt: Date }
}

export function appsCommand(context: CommandContext): Command {
  const group = new Command('apps').description('See and change what apps send through.')
  const resume = new Command('resume')
    .description(
      'Trust a push service again, now that what it refused, or why it called all addresses dead, is mended.',
    )
    .argument('<app>', 'The app.')
    .addArgument(new Argument('[transport]', 'The push service. (default: every one)').choices(TRANSPORT_NAMES))
  withExample(withPlace(withJson(resume)), 'sendword apps resume default c2dm').action(
    async (app: string, transport: TransportName | undefined, flags: PlaceFlags & JsonFlags) => {
      const transports = transport === undefined ? TRANSPORT_NAMES : [transport]
      const resumed = await withCore(context, flags, async (core) => {
        const ended: TransportName[] = []
        for (const name of transports) if (await core.pauses.resume(app, name)) ended.push(name)
        return ended
      })
      if (flags.json) context.terminal.printJson({ app, resumed })
      else if (resumed.length === 0)
        context.terminal.print(`Nothing of the app ${app} was paused, and no breaker was open.`)
      else context.terminal.print(`The app ${app} uses ${resumed.join(', ')} as usual again.`)
    },
  )
  group.addCommand(listCommand(context))
  group.addCommand(resume)
  return withExample(group, 'sendword apps list', 'sendword apps resume default c2dm')
}

function listCommand(context: CommandContext): Command {
  const { terminal } = context
  const list = new Command('list').description(
    'List the apps, their push services, and what holds their messages back.',
  )
  return withExample(withPlace(withJson(list)), 'sendword apps list').action(async (flags: PlaceFlags & JsonFlags) => {
    const apps = await withCore(context, flags, listApps)
    if (flags.json) terminal.printJson({ apps })
    else for (const line of columns([['APP', 'TRANSPORT', 'STATE'], ...apps.flatMap(rowsOf)])) terminal.print(line)
  })
}

interface ListedApp {
  readonly app: string
  readonly transports: readonly ListedTransport[]
}

async function listApps(core: Core): Promise<ListedApp[]> {
  const apps = [...core.options.apps.keys()]
  return await Promise.all(apps.map(async (app) => ({ app, transports: await listTransports(core, app) })))
}

async function listTransports(core: Core, app: string): Promise<ListedTransport[]> {
  const [holds, breakers] = await Promise.all([core.pauses.list(app), core.pauses.breakers(app)])
  return core.transportsOf(app).map((transport) => {
    const own = holds.filter((hold) => hold.transport === transport)
    const open = breakers.find((breaker) => breaker.transport === transport)
    const breaker = open && { since: open.openedAt, sends: open.sends, dead: open.dead, probeAt: open.probeAt }
    return { transport, ...standingOf(own), ...(breaker && { breaker }) }
  })
}

function standingOf(holds: readonly Hold[]): Omit<ListedTransport, 'transport' | 'breaker'> {
  // A refused credential outlasts whatever else holds it.
  const hold = holds.find(({ kind }) => kind === 'unauthorized') ?? holds[0]
  if (!hold) return { state: 'sending' }
  const { kind, reason, since, until, probe } = hold
  const isPaused = kind === 'unauthorized'
  return { state: isPaused ? 'paused' : 'held', reason, since, ...((probe || !isPaused) && { until }) }
}

function rowsOf({ app, transports }: ListedApp): string[][] {
  if (transports.length === 0) return [[app, '-', 'no push service']]
  return transports.map((listed) => [app, listed.transport, describe(listed)])
}

function describe({ breaker, ...standing }: ListedTransport): string {
  if (!breaker) return describeState(standing)
  const { since, sends, dead, probeAt } = breaker
  const warning = `breaker open since ${since.toISOString()}: ${dead} of ${sends} sends found a dead address`
  const end = `a message that is taken after ${probeAt.toISOString()} closes it, or apps resume`
  return `${describeState(standing)}; ${warning}; ${end}`
}

function describeState({ state, reason = '', since, until }: Omit<ListedTransport, 'breaker'>): string {
  if (state === 'sending') return 'sending'
  if (state === 'held') return `held until ${until?.toISOString()}: ${reason}`
  return `paused since ${since?.toISOString()}: ${reason}`
}
