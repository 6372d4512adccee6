// Starts and stops PostgreSQL on a data folder, and finds out why it did not start.
import { chmod, chown, type FileHandle, lstat, mkdir, open, rename, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { ConfigError, StateError } from '../../model/push-error.ts'
import type { Clock } from '../../util/clock.ts'
import { errorCode } from '../connection-errors.ts'
import { type Binaries, EXECUTABLE_SUFFIX } from './binaries.ts'
import {
  checkVersion,
  clusterExists,
  createCluster,
  removeUnfinishedClusters,
  repairOwner,
  writeSettings,
} from './cluster.ts'
import { type DataFolder, folderError } from './data-folder.ts'
import { isPostmasterAlive, readPostmaster, removeStalePostmasterFile } from './postmaster-file.ts'
import { type Ending, leaveRunning, type RunAs, runProgram } from './run-program.ts'
import { chooseServerUser } from './server-user.ts'

const STOP_SECONDS = 120
/** Ready after a crash can take long; after this many looks the caller waits on, by asking for a connection. */
const READY_TRIES = 500
const READY_PAUSE_MS = 10
const LOG_LIMIT_BYTES = 16 * 1024 * 1024
const LOG_TAIL_BYTES = 64 * 1024

/** Another process starts it too, or backends of a killed postmaster are still ending: a later try succeeds. */
const PASSING = /pre-existing shared memory block|lock file ".*" already exists|Is another postmaster/i

const TELLING = /FATAL|PANIC|ERROR|error while loading|could not/
const SAID_TO_CLIENTS = /FATAL: +(the database system is|terminating connection)/

/**
 * `busy`: it is starting or stopping, by another process's doing. `obstructed`: something was in the way that should
 * go away by itself.
 */
export type StartResult = 'started' | 'busy' | 'obstructed'

/** Makes the cluster when it is missing, and starts it. */
export async function startPostmaster(data: DataFolder, binaries: Binaries, clock: Clock): Promise<StartResult> {
  try {
    const runAs = await chooseServerUser(data, binaries)
    const present = await prepareStart(data, binaries, runAs)
    if (present !== undefined) return present
    const log = await openLog(data, runAs)
    try {
      return await startPrepared(data, binaries, runAs, clock, log)
    } finally {
      await log.close()
    }
  } catch (error) {
    throw errorCode(error)?.startsWith('E') ? folderError(data.path, error) : error
  }
}

/** Resolves to a result when no start is needed or possible now. */
async function prepareStart(
  data: DataFolder,
  binaries: Binaries,
  runAs: RunAs | undefined,
): Promise<StartResult | undefined> {
  if (!(await clusterExists(data))) await createCluster(data, binaries, runAs)
  await removeUnfinishedClusters(data)
  await checkVersion(data, binaries)
  const present = await presentPostmaster(data)
  if (present !== undefined) return present
  await repairOwner(data, runAs)
  await prepareSocketFolder(data, runAs)
  await writeSettings(data, runAs, await freePort())
  return undefined
}

/** Without pg_ctl, whose start goes through a shell that would read a path like `a$b` its own way. */
async function startPrepared(
  data: DataFolder,
  binaries: Binaries,
  runAs: RunAs | undefined,
  clock: Clock,
  log: FileHandle,
): Promise<StartResult> {
  const logStart = (await log.stat()).size
  const program = join(binaries.folder, `postgres${EXECUTABLE_SUFFIX}`)
  const { pid, ended } = leaveRunning(program, ['-D', data.cluster], runAs, log.fd)
  let ending: Ending | undefined
  void ended.then((it) => {
    ending = it
  })
  for (let tries = 0; tries < READY_TRIES && ending === undefined; tries++) {
    await Promise.race([clock.sleep(READY_PAUSE_MS), ended])
    const postmaster = await readPostmaster(data.cluster)
    if (postmaster?.status === 'ready' && postmaster.pid === pid) return 'started'
  }
  if (ending === undefined) return 'busy'
  const present = await presentPostmaster(data)
  if (present !== undefined) return present
  const lines = await logSince(data.log, logStart)
  if (ending.killed || lines.some((line) => PASSING.test(line))) return 'obstructed'
  throw startError(data, lines, ending.reason)
}

/** What a postmaster that is there means for a start; a file that a dead one left behind is removed. */
async function presentPostmaster({ cluster }: DataFolder): Promise<StartResult | undefined> {
  const postmaster = await readPostmaster(cluster)
  if (postmaster === undefined) return undefined
  // One that is ready should have answered: it did so a moment later than we asked, or its socket was deleted.
  if (await isPostmasterAlive(cluster, postmaster)) return postmaster.status === 'ready' ? 'obstructed' : 'busy'
  await removeStalePostmasterFile(cluster, postmaster)
  return undefined
}

/** Ends every session, writes everything down, and ends. False when it did not end in time. */
export async function stopPostmaster(data: DataFolder, binaries: Binaries): Promise<boolean> {
  const runAs = await chooseServerUser(data, binaries)
  const args = ['stop', '-D', data.cluster, '-m', 'fast', '-w', '-t', String(STOP_SECONDS), '-s']
  const { code } = await runProgram(join(binaries.folder, `pg_ctl${EXECUTABLE_SUFFIX}`), args, runAs)
  return code === 0
}

function startError(data: DataFolder, lines: readonly string[], ending: string): ConfigError | StateError {
  if (lines.some((line) => /no space left on device/i.test(line))) {
    return new StateError('PUSH_DATABASE_FULL', { detail: `No space is left on the disk of ${data.path}.` })
  }
  const telling = lines.filter((line) => TELLING.test(line) && !SAID_TO_CLIENTS.test(line)).at(-1)
  const reason = telling ?? lines.at(-1) ?? ending
  return new ConfigError('PUSH_DATABASE_START', { detail: `PostgreSQL did not start on ${data.path}: ${reason}.` })
}

async function prepareSocketFolder({ socketFolder }: DataFolder, runAs: RunAs | undefined): Promise<void> {
  if (process.platform === 'win32') return
  await mkdir(socketFolder, { mode: 0o700 }).catch((error: unknown) => {
    if (errorCode(error) !== 'EEXIST') throw error
  })
  const found = await lstat(socketFolder)
  // It may lie in the system's folder for temporary files, where anybody could have made it before us.
  const ours = [process.getuid?.(), runAs?.uid].includes(found.uid)
  if (!found.isDirectory() || !ours) {
    throw new ConfigError('PUSH_DATABASE_FOLDER', {
      detail: `The folder ${socketFolder}, meant for PostgreSQL's socket, belongs to another user.`,
    })
  }
  await chmod(socketFolder, 0o700)
  if (runAs !== undefined) await chown(socketFolder, runAs.uid, runAs.gid)
}

async function openLog({ log }: DataFolder, runAs: RunAs | undefined): Promise<FileHandle> {
  const size = await stat(log).then(
    (found) => found.size,
    () => 0,
  )
  if (size > LOG_LIMIT_BYTES) await rename(log, `${log}.1`)
  const handle = await open(log, 'a', 0o600)
  if (runAs !== undefined) await handle.chown(runAs.uid, runAs.gid)
  return handle
}

async function logSince(log: string, start: number): Promise<string[]> {
  const handle = await open(log).catch(() => undefined)
  if (handle === undefined) return []
  try {
    const { size } = await handle.stat()
    const from = Math.max(start, size - LOG_TAIL_BYTES)
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(LOG_TAIL_BYTES), position: from })
    return buffer
      .toString('utf8', 0, bytesRead)
      .split('\n')
      .filter((line) => line.trim() !== '')
  } finally {
    await handle.close()
  }
}

/** Windows only (not tried there): the system chooses a port that is free now. */
async function freePort(): Promise<number> {
  if (process.platform !== 'win32') return 0
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return typeof address === 'object' && address !== null ? address.port : 0
}
