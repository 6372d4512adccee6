// `sendword apps`: which push services the apps have, what holds them back, and ending the pause of a credential.
import { Argument, Command } from 'commander'
import type { Core } from '../../app/core.ts'
import { TRANSPORT_NAMES, type TransportName } from '../../model/address.ts'
import type { CommandContext } from '../command-context.ts'
import { type JsonFlags, type PlaceFlags, withExample, withJson, withPlace } from '../flags.ts'
import { columns } from '../text-table.ts'
import { withCore } from '../with-core.ts'

interface ListedTransport {
  readonly transport: TransportName
  readonly state: 'sending' | 'held' | 'paused'
  /** The push service's word for it, since when, and until when: then sending goes on or, when paused, may be tried. */
  readonly reason?: string
  readonly since?: Date
  readonly until?: Date
}

export function appsCommand(context: CommandContext): Command {
  const group = new Command('apps').description('See and change what apps send through.')
  const resume = new Command('resume')
    .description('Send again through a push service that refused the app’s credential, now that it is mended.')
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
      else if (resumed.length === 0) context.terminal.print(`Nothing of the app ${app} was paused.`)
      else context.terminal.print(`The app ${app} sends through ${resumed.join(', ')} again.`)
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
  const holds = await core.pauses.list(app)
  return core.transportsOf(app).map((transport) => {
    const own = holds.filter((hold) => hold.transport === transport)
    // A refused credential outlasts whatever else holds it.
    const hold = own.find(({ kind }) => kind === 'unauthorized') ?? own[0]
    if (!hold) return { transport, state: 'sending' }
    const { kind, reason, since, until, probe } = hold
    const isPaused = kind === 'unauthorized'
    return { transport, state: isPaused ? 'paused' : 'held', reason, since, ...((probe || !isPaused) && { until }) }
  })
}

function rowsOf({ app, transports }: ListedApp): string[][] {
  if (transports.length === 0) return [[app, '-', 'no push service']]
  return transports.map((listed) => [app, listed.transport, describe(listed)])
}

function describe({ state, reason = '', since, until }: ListedTransport): string {
  if (state === 'sending') return 'sending'
  if (state === 'held') return `held until ${until?.toISOString()}: ${reason}`
  return `paused since ${since?.toISOString()}: ${reason}`
}
