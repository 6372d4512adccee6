// Which user PostgreSQL runs under. It refuses to run as root; for root it runs under the owner of the data, or
// under `nobody`, and where that user could not reach the files, with just the capabilities to do so.
import { readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ConfigError } from '../../model/push-error.ts'
import type { Binaries } from './binaries.ts'
import type { DataFolder } from './data-folder.ts'
import { type RunAs, runProgram } from './run-program.ts'

const FALLBACK_ID = 65_534
const CAPABILITIES = '+dac_read_search,+dac_override'

/** Undefined when we are not root: then PostgreSQL runs as what we are. */
export async function chooseServerUser(data: DataFolder, binaries: Binaries): Promise<RunAs | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const users = await readUsers()
  const folderOwner = await ownerOf(data.path)
  // initdb refuses to run for a user that has no entry.
  const known = folderOwner !== undefined && users.some(({ uid }) => uid === folderOwner.uid)
  const user = (await ownerOf(data.cluster)) ?? (known ? folderOwner : nobody(users))
  const needed = [data.path, join(binaries.folder, 'postgres'), join(binaries.root, 'lib')]
  for (const path of needed) {
    const barrier = await firstBarrier(path, user)
    if (barrier !== undefined) return await withCapabilities(user, barrier)
  }
  return user
}

async function ownerOf(path: string): Promise<RunAs | undefined> {
  const found = await stat(path).catch(() => undefined)
  return found === undefined || found.uid === 0 ? undefined : { uid: found.uid, gid: found.gid }
}

function nobody(users: readonly User[]): RunAs {
  return users.find(({ name }) => name === 'nobody') ?? { uid: FALLBACK_ID, gid: FALLBACK_ID }
}

interface User extends RunAs {
  readonly name: string
}

async function readUsers(): Promise<User[]> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '')
  return [...text.matchAll(/^([^:\n]+):[^:\n]*:(\d+):(\d+):/gm)].map(([, name = '', uid, gid]) => ({
    name,
    uid: Number(uid),
    gid: Number(gid),
  }))
}

/** The first folder on the way to `path`, or `path` itself, that `user` may not enter or execute. */
async function firstBarrier(path: string, user: RunAs): Promise<string | undefined> {
  const parent = dirname(path)
  const above = parent === path ? undefined : await firstBarrier(parent, user)
  if (above !== undefined) return above
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return undefined
  const shift = found.uid === user.uid ? 6 : found.gid === user.gid ? 3 : 0
  return ((found.mode >> shift) & 0o1) === 0 ? path : undefined
}

/**
 * Without `no_setuid_fixup` the change of the user would clear the capabilities that access(2) checks, and the
 * programs would report files as missing that they could open.
 */
async function withCapabilities({ uid, gid }: RunAs, barrier: string): Promise<RunAs> {
  const prefix = [
    'setpriv',
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--securebits=+no_setuid_fixup',
    `--inh-caps=${CAPABILITIES}`,
    `--ambient-caps=${CAPABILITIES}`,
  ]
  const runAs = { uid, gid, prefix }
  const { code, stderr } = await runProgram('true', [], runAs)
  if (code === 0) return runAs
  throw new ConfigError('PUSH_DATABASE_FOLDER', {
    detail:
      `PostgreSQL refuses to run as root, and the user it would run under (uid ${uid}) may not enter ${barrier}; ` +
      `setpriv, which would help, failed: ${stderr.trim()}.`,
  })
}
