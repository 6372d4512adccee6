// PGDATA: made once with initdb, checked for its version, and given our settings before every start.
import { randomBytes } from 'node:crypto'
import {
  appendFile,
  chown,
  lchown,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError, StateError } from '../../model/push-error.ts'
import { errorCode } from '../connection-errors.ts'
import { type Binaries, EXECUTABLE_SUFFIX } from './binaries.ts'
import { type DataFolder, PORT } from './data-folder.ts'
import { type RunAs, runProgram } from './run-program.ts'

export const SUPERUSER = 'sendword'
const SETTINGS_FILE = 'sendword.conf'

export async function clusterExists(data: DataFolder): Promise<boolean> {
  return (await stat(join(data.cluster, 'PG_VERSION')).catch(() => undefined)) !== undefined
}

/**
 * Made under another name and renamed when it is whole, so that a process killed half-way leaves nothing that looks
 * like a cluster. Of several processes that do this at the same time, the first one's is kept.
 */
export async function createCluster(data: DataFolder, binaries: Binaries, runAs: RunAs | undefined): Promise<void> {
  const partial = `${data.cluster}.creating-${randomBytes(4).toString('hex')}`
  try {
    await mkdir(partial, { mode: 0o700 })
    if (runAs !== undefined) await chown(partial, runAs.uid, runAs.gid)
    await initialise(partial, data, binaries, runAs)
    await appendFile(join(partial, 'postgresql.conf'), `\ninclude_if_exists = '${SETTINGS_FILE}'\n`, { flush: true })
    await rename(partial, data.cluster)
    await syncFolder(data.path)
  } catch (error) {
    if (!(await clusterExists(data))) throw error
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

/** Leftovers of processes that were killed while they made a cluster; call only when there is one. */
export async function removeUnfinishedClusters(data: DataFolder): Promise<void> {
  const names = (await readdir(data.path)).filter((name) => name.startsWith('postgres.creating-'))
  for (const name of names) {
    // An orphaned initdb may still be writing to it; then the next start removes it.
    await rm(join(data.path, name), { recursive: true, force: true }).catch(() => undefined)
  }
}

async function initialise(partial: string, data: DataFolder, binaries: Binaries, runAs: RunAs | undefined) {
  const args = ['--pgdata', partial, '--username', SUPERUSER, '--encoding', 'UTF8', '--no-instructions']
  // The same everywhere, whatever locales the machine has; PostgreSQL 17 brought one that knows more than ASCII.
  args.push('--locale', 'C')
  if (binaries.major >= 17) args.push('--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8')
  if (process.platform === 'win32') {
    await writePassword(data)
    args.push('--auth', 'scram-sha-256', '--pwfile', data.passwordFile)
  } else {
    args.push('--auth-local', 'trust', '--auth-host', 'reject')
  }
  const initdb = join(binaries.folder, `initdb${EXECUTABLE_SUFFIX}`)
  const { code, stdout, stderr } = await runProgram(initdb, args, runAs)
  if (code === 0) return
  if (/no space left on device/i.test(stderr)) {
    throw new StateError('PUSH_DATABASE_FULL', { detail: `No space is left on the disk of ${data.path}.` })
  }
  const reason = (stderr || stdout)
    .trim()
    .split('\n')
    .find((line) => /error|fatal|cannot|could not/i.test(line))
  throw new ConfigError('PUSH_DATABASE_START', {
    detail: `initdb could not make a database in ${data.path}: ${reason ?? (stderr.trim() || `exit code ${code}`)}.`,
  })
}

/** Windows only (not tried there): whoever can read the data folder's files may connect. */
async function writePassword(data: DataFolder): Promise<void> {
  await writeFile(data.passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' }).catch(
    (error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error
    },
  )
}

/** Throws when the cluster was made by another major version than the programs are of. */
export async function checkVersion(data: DataFolder, binaries: Binaries): Promise<void> {
  const version = (await readFile(join(data.cluster, 'PG_VERSION'), 'utf8')).trim()
  if (version === String(binaries.major)) return
  throw new ConfigError('PUSH_DATABASE_START', {
    detail:
      `${data.cluster} was made by PostgreSQL ${version}, and the programs here are of PostgreSQL ${binaries.major}. ` +
      'Dump it with the old version and restore it into a new folder, or name the old programs with SENDWORD_POSTGRES_BIN.',
  })
}

/** Gives the cluster to the server's user after somebody copied or restored it as root. */
export async function repairOwner(data: DataFolder, runAs: RunAs | undefined): Promise<void> {
  if (runAs === undefined || (await stat(data.cluster)).uid === runAs.uid) return
  const entries = await readdir(data.cluster, { recursive: true })
  for (const entry of entries) await lchown(join(data.cluster, entry), runAs.uid, runAs.gid)
  // Last, because its owner is what tells that the rest is done.
  await chown(data.cluster, runAs.uid, runAs.gid)
}

/** Settings that are ours and not the operator's; they come last in postgresql.conf and win. */
export async function writeSettings(data: DataFolder, runAs: RunAs | undefined, port: number): Promise<void> {
  const place =
    process.platform === 'win32'
      ? [`listen_addresses = '127.0.0.1'`, `port = ${port}`]
      : [`listen_addresses = ''`, `port = ${PORT}`, `unix_socket_directories = '"${data.socketFolder}"'`]
  const lines = [
    '# Written by Sendword before every start; changes here are lost.',
    ...place,
    'unix_socket_permissions = 0700',
    'max_connections = 200',
    `shared_buffers = '128MB'`,
    'fsync = on',
    'full_page_writes = on',
    'synchronous_commit = on',
    // postgres.log must not fill up, nor hold what statements and their errors quote: tokens and addresses.
    'log_checkpoints = off',
    'log_error_verbosity = terse',
    'log_min_error_statement = panic',
    `log_destination = 'stderr'`,
    'logging_collector = off',
  ]
  const path = join(data.cluster, SETTINGS_FILE)
  const partial = `${path}.${randomBytes(4).toString('hex')}`
  await writeFile(partial, `${lines.join('\n')}\n`, { mode: 0o600, flush: true })
  if (runAs !== undefined) await chown(partial, runAs.uid, runAs.gid)
  await rename(partial, path)
}

/** Makes a rename in `folder` outlast a power cut. Windows cannot open folders, and needs no such thing. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
