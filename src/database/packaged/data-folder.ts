// The data folder: what lies where in it, and why it may be unusable, said in plain words.
import { createHash } from 'node:crypto'
import { access, constants, mkdir, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { ConfigError, StateError } from '../../model/push-error.ts'
import { errorCode } from '../connection-errors.ts'

export interface DataFolder {
  readonly path: string
  /** PGDATA. */
  readonly cluster: string
  readonly log: string
  /** For the Unix socket; only PostgreSQL's user may enter it. */
  readonly socketFolder: string
  /** For a copy of PostgreSQL's programs. */
  readonly binariesCache: string
  /** Windows only, where there is no socket that the file system protects. */
  readonly passwordFile: string
}

/** The name of the socket in its folder is `.s.PGSQL.5432`. */
export const PORT = 5432
/** sockaddr_un holds 104 bytes on macOS and 108 on Linux, the closing NUL included. */
const LONGEST_SOCKET_PATH = 103
const SOCKET_NAME = `/.s.PGSQL.${PORT}`

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not use it',
  EPERM: 'this user may not use it',
  EROFS: 'its file system is read-only',
  EEXIST: 'it is a file, not a folder',
  ENOTDIR: 'a part of its path is a file, not a folder',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its symbolic links run in a circle',
}

/** Makes the folder when it is missing. */
export async function openDataFolder(folder: string): Promise<DataFolder> {
  const wanted = resolve(folder)
  try {
    await mkdir(wanted, { recursive: true })
    await access(wanted, constants.R_OK | constants.W_OK | constants.X_OK)
    // Names of one folder must lead to one socket, whichever link was followed.
    return dataFolderAt(await realpath(wanted))
  } catch (error) {
    throw folderError(wanted, error)
  }
}

export function folderError(path: string, error: unknown): ConfigError | StateError {
  const code = errorCode(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new StateError('PUSH_DATABASE_FULL', { detail: `No space is left on the disk of ${path}.`, cause: error })
  }
  const reason = REASONS[code ?? ''] ?? (error instanceof Error ? error.message : String(error))
  return new ConfigError('PUSH_DATABASE_FOLDER', {
    detail: `The data folder ${path} cannot be used: ${reason}.`,
    cause: error,
  })
}

function dataFolderAt(path: string): DataFolder {
  return {
    path,
    cluster: join(path, 'postgres'),
    log: join(path, 'postgres.log'),
    socketFolder: socketFolderFor(path),
    binariesCache: join(path, 'postgres-binaries'),
    passwordFile: join(path, 'postgres.password'),
  }
}

function socketFolderFor(path: string): string {
  const inside = join(path, 'postgres-socket')
  // A comma, a quote or a line break would need quoting in places that PostgreSQL does not quote.
  if (fits(inside) && !/[,'"\r\n]/.test(inside)) return inside
  const name = `sendword-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`
  const temporary = join(tmpdir(), name)
  return fits(temporary) ? temporary : join('/tmp', name)
}

function fits(socketFolder: string): boolean {
  return Buffer.byteLength(socketFolder + SOCKET_NAME) <= LONGEST_SOCKET_PATH
}
