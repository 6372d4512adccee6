// The server with its device doors and its API, and unless told otherwise the workers, until it is stopped.
import { type Core, openCore } from '../app/core.ts'
import type { ResolvedOptions } from '../app/options/resolve-options.ts'
import type { HttpOptions } from '../app/options/sendword-options.ts'
import { doorsPath } from '../http/c2dm/door-map.ts'
import { createServer } from '../http/server.ts'
import type { CommandContext } from './command-context.ts'
import { noticeChanges } from './configuration-changes.ts'
import { type ApiKeyPlace, ensureApiKey } from './first-api-key.ts'
import type { JsonFlags, PlaceFlags } from './flags.ts'
import { loadOptions } from './load-options.ts'
import { hasPushService, noteStopping } from './long-running.ts'
import { facts } from './text-table.ts'
import { readVersion } from './version.ts'
import { withLogging } from './with-core.ts'

export interface ServeFlags extends PlaceFlags, JsonFlags {
  readonly host?: string
  readonly port?: number
  readonly emulator?: string
  /** False with --no-worker. */
  readonly worker: boolean
}

export async function serve(context: CommandContext, flags: ServeFlags): Promise<void> {
  const http: HttpOptions = {
    ...(flags.host !== undefined && { host: flags.host }),
    ...(flags.port !== undefined && { port: flags.port }),
  }
  const over = { http, ...(flags.worker ? {} : { workers: false }) }
  const load = (reading: number) => loadOptions(context, { flags, over, reading })
  const changes = noticeChanges(context, flags)
  const options = await load(0)
  await withLogging(context, options, async (logger) => {
    const { clock, random, stop } = context
    const core = await openCore({ options, logger, clock, random, signal: stop.signal })
    let graceMs = 0
    try {
      const hasReader = context.terminal.isInteractive && !flags.json
      const apiKey = await ensureApiKey(core, hasReader ? context.terminal : undefined)
      const server = await createServer(core, options.http)
      announce(context, { core, url: server.url, apiKey, json: flags.json })
      changes.follow(logger, async (reading) => await core.reload(await load(reading)))
      await stop.received
      await changes.close()
      noteStopping(context.terminal, options)
      const deadline = clock.now() + options.http.graceMs
      await server.close(options.http.graceMs)
      graceMs = Math.max(0, deadline - clock.now())
    } finally {
      await core.close(graceMs)
    }
  })
}

interface Announcement {
  readonly core: Core
  readonly url: string
  readonly apiKey: ApiKeyPlace
  readonly json: true | undefined
}

function announce({ terminal }: CommandContext, { core, url, apiKey, json }: Announcement): void {
  const { options, location } = core
  const doors = doorsOf(core, url)
  const delivers = options.workers && hasPushService(options)
  if (json) {
    const apiKeyFile = apiKey.kind === 'file' ? apiKey.path : undefined
    terminal.printJson({ url, location, c2dm: Object.fromEntries(doors), delivers, apiKey: apiKey.kind, apiKeyFile })
    return
  }
  terminal.print(`Sendword ${readVersion()} listens on ${terminal.paint('bold', url)}`)
  const lines = facts({
    data: location,
    ...describeDoors(doors),
    delivery: describeDelivery(options),
    'API key': describeKey(apiKey),
  })
  for (const line of lines) terminal.print(line)
}

/** The doors that the server mounts, by app. */
function doorsOf(core: Core, url: string): Map<string, string> {
  const apps = [...core.options.apps.keys()].filter((app) => core.hasC2dm(app))
  return new Map(apps.map((app) => [app, `${url}${doorsPath(app)}`]))
}

function describeDoors(doors: ReadonlyMap<string, string>): Record<string, string> {
  if (doors.size === 0) {
    return {
      C2DM: 'not configured, so its doors are left out: set C2DM_AUTH_USER and C2DM_AUTH_PASSWORD to mount them',
    }
  }
  return Object.fromEntries(Array.from(doors, ([app, door]) => [app === 'default' ? 'C2DM' : `C2DM of ${app}`, door]))
}

function describeDelivery(options: ResolvedOptions): string {
  if (!hasPushService(options)) return 'not by this process, which has no push service'
  return options.workers ? 'by this process' : 'not by this process: run `sendword worker`'
}

function describeKey(place: ApiKeyPlace): string {
  if (place.kind === 'file') return `in ${place.path}`
  if (place.kind === 'given') return 'the one of SENDWORD_API_KEY'
  return place.kind === 'shown' ? 'shown above' : 'the one that was shown on the first start'
}
