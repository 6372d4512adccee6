// postmaster.pid, which a running PostgreSQL keeps in its data folder: where it listens, and whether it is alive.
import { randomBytes } from 'node:crypto'
import { link, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '../connection-errors.ts'
import { commandLine, isProcessAlive } from './process-alive.ts'

export interface Postmaster {
  readonly pid: number
  readonly port: number
  /** Undefined while it starts, and where it has no Unix socket. */
  readonly socketFolder: string | undefined
  /** The line that changes while it starts and stops: starting, ready, stopping. */
  readonly status: string
}

/** Undefined when there is none, or it is not yet written to the end. */
export async function readPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return ''
    throw error
  })
  // Lines: pid, data folder, start time, port, socket folder, listen address, shared memory key, status.
  const [pid = '', , , port = '', socketFolder = '', , , status = ''] = text.split('\n')
  if (!/^\d+$/.test(pid) || !/^\d+$/.test(port)) return undefined
  return { pid: Number(pid), port: Number(port), socketFolder: socketFolder || undefined, status: status.trim() }
}

/** Whether the process is alive and is the postmaster of this cluster: a pid may have been given to another since. */
export async function isPostmasterAlive(cluster: string, { pid }: Postmaster): Promise<boolean> {
  if (!(await isProcessAlive(pid))) return false
  const command = await commandLine(pid)
  return command === undefined || command.includes(cluster)
}

/**
 * PostgreSQL overwrites a stale file itself, unless its pid now belongs to another process of the same user, as it
 * often does in a restarted container. The file is taken away by renaming, so that one which another process put in
 * its place meanwhile is recognised and put back.
 */
export async function removeStalePostmasterFile(cluster: string, stale: Postmaster): Promise<void> {
  const path = join(cluster, 'postmaster.pid')
  const aside = `${path}.${randomBytes(4).toString('hex')}`
  await rename(path, aside).catch(() => undefined)
  const taken = await readFile(aside, 'utf8').catch(() => '')
  if (taken !== '' && Number.parseInt(taken, 10) !== stale.pid) await link(aside, path).catch(() => undefined)
  await rm(aside, { force: true })
}
