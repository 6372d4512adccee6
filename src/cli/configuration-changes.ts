// Notices that the configuration may be another: SIGHUP, or its file has changed. A server or worker then reads it
// again; one that is not valid is told in the log, and the running one stays.
import { type FSWatcher, readFileSync, watch } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { isOptionsFileName } from '../app/options/from-file.ts'
import { PushError } from '../model/push-error.ts'
import type { Logger } from '../util/logger.ts'
import type { CommandContext } from './command-context.ts'
import type { PlaceFlags } from './flags.ts'
import { optionsFile } from './load-options.ts'

/** Editors write a file in several steps, and several files one after the other. */
const SETTLE_MS = 200
/** Kubernetes replaces the files of a ConfigMap all at once, by renaming this link beside them. */
const CONFIG_MAP_LINK = '..data'

export interface ConfigurationChanges {
  /** Calls `reload` for every change since the start, one at a time; `reading` counts them from 1. */
  follow(logger: Logger, reload: (reading: number) => Promise<unknown>): void
  close(): Promise<void>
}

/** Starts at once, so that no change is missed while the configuration is read for the first time. */
export function noticeChanges(context: CommandContext, flags: PlaceFlags): ConfigurationChanges {
  const ended = new AbortController()
  let follower: { readonly logger: Logger; readonly reload: (reading: number) => Promise<unknown> } | undefined
  let known = contentNow(context, flags)
  let isAsked = false
  let mayDiffer = false
  let reading = 0
  let working: Promise<void> | undefined

  const isDue = () => (isAsked || mayDiffer) && !ended.signal.aborted

  async function work(): Promise<void> {
    while (follower && isDue()) {
      // Rejects only at the end.
      await context.clock.sleep(SETTLE_MS, ended.signal).catch(() => undefined)
      const content = contentNow(context, flags)
      const isAnother = isAsked || content !== known
      isAsked = false
      mayDiffer = false
      known = content
      if (isAnother && !ended.signal.aborted) await attempt(follower.logger, follower.reload, ++reading)
    }
  }
  const look = () => {
    if (!follower || working || !isDue()) return
    working = work().finally(() => {
      working = undefined
      // One may have come since the last look.
      look()
    })
  }
  const watching = watchFolder(context, flags, () => {
    mayDiffer = true
    look()
  })
  context.onHangUp(() => {
    isAsked = true
    look()
  })

  return {
    follow(logger, reload) {
      follower = { logger, reload }
      if (watching instanceof Error) {
        logger.warn('Changes of the configuration file are not noticed; SIGHUP has it read again.', { error: watching })
      }
      look()
    },
    async close() {
      ended.abort()
      if (!(watching instanceof Error)) watching.close()
      await working
    },
  }
}

async function attempt(logger: Logger, reload: (reading: number) => Promise<unknown>, reading: number): Promise<void> {
  try {
    await reload(reading)
  } catch (error) {
    const isKnown = error instanceof PushError
    const why = isKnown ? `${error.detail.replaceAll('\n', ' ')} ${error.cure}` : 'it could not be read.'
    logger.error(`The configuration was not reloaded, and the running one stays: ${why}`, {
      ...(isKnown ? { code: error.code } : { error }),
    })
  }
}

function watchFolder({ folder }: CommandContext, { config }: PlaceFlags, onChange: () => void): FSWatcher | Error {
  const path = config === undefined ? folder : dirname(resolve(folder, config))
  const isOurs = (name: string) => (config === undefined ? isOptionsFileName(name) : name === basename(config))
  try {
    // The folder and not the file: editors put a new file in the place of the old one.
    const watcher = watch(path, { persistent: false }, (_event, name) => {
      if (name === null || name === CONFIG_MAP_LINK || isOurs(name)) onChange()
    })
    // A folder that is removed: there is nothing to notice any more.
    watcher.on('error', () => watcher.close())
    return watcher
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** Which file it is and what stands in it. */
function contentNow(context: CommandContext, flags: PlaceFlags): string {
  const file = optionsFile(context, flags)
  if (file === undefined) return ''
  try {
    return `${file}\0${readFileSync(file, 'utf8')}`
  } catch {
    return file
  }
}
