// A PostgreSQL of a test's own, reached over TCP as one on another machine is, which can be restarted, killed, copied as
// a streaming standby, and promoted. Made of the packaged programs.
import { execFile } from 'node:child_process'
import { chmod, chown, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { type Binaries, findBinaries } from '../../src/database/packaged/binaries.ts'
import { createCluster } from '../../src/database/packaged/cluster.ts'
import { type DataFolder, openDataFolder } from '../../src/database/packaged/data-folder.ts'
import { leaveRunning, type RunAs, runProgram } from '../../src/database/packaged/run-program.ts'
import { chooseServerUser } from '../../src/database/packaged/server-user.ts'
import { freePort } from './free-port.ts'
import { eventually, query } from './query.ts'

/** The processes of a test end, the machine does not: nothing has to reach the disk. */
const SETTINGS = ['fsync=off', 'full_page_writes=off', 'shared_buffers=32MB', 'wal_keep_size=1GB', 'max_connections=60']
const ACCESS = 'host all all 127.0.0.1/32 trust\nhost replication all 127.0.0.1/32 trust\n'
const STANDBY_NAME = 'standby'

export interface PostgresServer extends AsyncDisposable {
  readonly port: number
  /** A superuser's URL of its database `postgres`. */
  readonly url: string
  /** `pg_ctl restart -m immediate`: every session is cut off, and what was not committed is gone. */
  restart(): Promise<void>
  /** SIGKILL to the postmaster; its other processes notice and end. */
  kill(): Promise<void>
  /** Another server, which follows this one; from now on a commit here waits until it has arrived there. */
  addStandby(): Promise<PostgresServer>
  /** A standby takes writes from now on. */
  promote(): Promise<void>
}

export async function startPostgresServer(): Promise<PostgresServer> {
  const place = await newPlace()
  const { data, binaries, runAs } = place
  await createCluster(data, binaries, runAs)
  await writeFile(join(data.cluster, 'pg_hba.conf'), ACCESS)
  return await start(place)
}

interface Place {
  readonly folder: string
  readonly data: DataFolder
  readonly binaries: Binaries
  /** PostgreSQL refuses to run as root. */
  readonly runAs: RunAs | undefined
}

async function newPlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'sendword-server-'))
  await chmod(folder, 0o755)
  const data = await openDataFolder(join(folder, 'data'))
  const binaries = await findBinaries(undefined, data.binariesCache)
  return { folder, data, binaries, runAs: await chooseServerUser(data, binaries) }
}

async function start(place: Place): Promise<PostgresServer> {
  const { folder, data, binaries, runAs } = place
  const port = await freePort()
  const url = `postgres://sendword@127.0.0.1:${port}/postgres`
  const settings = [...SETTINGS, `port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=']
  const log = await open(data.log, 'a')
  if (runAs) await log.chown(runAs.uid, runAs.gid)
  const options = settings.flatMap((setting) => ['-c', setting])
  leaveRunning(join(binaries.folder, 'postgres'), ['-D', data.cluster, ...options], runAs, log.fd)
  await log.close()
  await untilReady(url)

  async function control(...args: string[]): Promise<void> {
    const { code, stderr } = await runProgram(
      join(binaries.folder, 'pg_ctl'),
      [...args, '-D', data.cluster, '-w', '-l', data.log],
      runAs,
    )
    if (code !== 0) throw new Error(`pg_ctl ${args.join(' ')} failed: ${stderr}`)
  }
  async function kill(): Promise<void> {
    const text = await readFile(join(data.cluster, 'postmaster.pid'), 'utf8').catch(() => '')
    const pid = Number.parseInt(text, 10)
    if (pid > 1) process.kill(pid, 'SIGKILL')
  }
  return {
    port,
    url,
    kill,
    restart: () => control('restart', '-m', 'immediate'),
    promote: () => control('promote'),
    async addStandby() {
      const standby = await start(await copyOf(data, url, port))
      await query(url, `ALTER SYSTEM SET synchronous_standby_names = '${STANDBY_NAME}'`)
      await query(url, 'SELECT pg_reload_conf()')
      await eventually(
        () => query<{ state: string }>(url, 'SELECT sync_state AS state FROM pg_stat_replication'),
        ([follower]) => follower?.state === 'sync',
      )
      return standby
    },
    async [Symbol.asyncDispose]() {
      await kill().catch(() => undefined)
      // Processes of a killed postmaster end a moment after it.
      await rm(folder, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

/** A copy of a running server's files that will follow it (PostgreSQL, chapter 25.3.3: Making a Base Backup). */
async function copyOf(source: DataFolder, url: string, port: number): Promise<Place> {
  const place = await newPlace()
  const { cluster } = place.data
  // Both ends of a backup belong to one session.
  const session = new pg.Client({ connectionString: url })
  await session.connect()
  await session.query(`SELECT pg_backup_start('copy', fast => true)`)
  await promisify(execFile)('cp', ['-a', source.cluster, cluster])
  const { rows } = await session.query<{ label: string }>(
    'SELECT labelfile AS label FROM pg_backup_stop(wait_for_archive => false)',
  )
  await session.end()
  for (const name of ['postmaster.pid', 'postmaster.opts']) await rm(join(cluster, name), { force: true })
  // What is needed of the log comes from the source, also what was torn while it was copied.
  for (const name of await readdir(join(cluster, 'pg_wal'))) {
    await rm(join(cluster, 'pg_wal', name), { recursive: true, force: true })
  }
  const files = {
    backup_label: rows[0]?.label ?? '',
    'standby.signal': '',
    'postgresql.auto.conf': `primary_conninfo = 'host=127.0.0.1 port=${port} user=sendword application_name=${STANDBY_NAME}'\n`,
  }
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(cluster, name), text)
    if (place.runAs) await chown(join(cluster, name), place.runAs.uid, place.runAs.gid)
  }
  return place
}

async function untilReady(url: string): Promise<void> {
  const ask = () =>
    query(url, 'SELECT 1').then(
      () => true,
      () => false,
    )
  await eventually(ask, (ready) => ready)
}
