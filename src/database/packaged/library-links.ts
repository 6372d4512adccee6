// The npm packages carry PostgreSQL's libraries without their symbolic links, which npm archives cannot hold; an
// install script makes them. Where install scripts do not run (pnpm's default, --ignore-scripts) they are made here.
import { chmod, cp, lstat, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { ConfigError } from '../../model/push-error.ts'
import { errorCode } from '../connection-errors.ts'

interface LibraryLink {
  /** The file that is there, relative to the package. */
  readonly source: string
  /** The link to it, relative to the package. */
  readonly target: string
}

/** Resolves to a folder like the package, with complete links: itself, or a copy in `cache` when it is read-only. */
export async function completeLibraryLinks(packageRoot: string, cache: string): Promise<string> {
  const missing = await missingLinks(packageRoot)
  if (missing.length === 0) return packageRoot
  try {
    await makeLinks(packageRoot, missing)
    return packageRoot
  } catch (error) {
    if (!['EACCES', 'EROFS', 'EPERM'].includes(errorCode(error) ?? '')) throw error
  }
  return await completeCopy(packageRoot, cache)
}

async function missingLinks(root: string): Promise<LibraryLink[]> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links = JSON.parse(list) as LibraryLink[]
  const there = await Promise.all(links.map(({ target }) => lstat(join(root, target)).catch(() => undefined)))
  return links.filter((_, index) => there[index] === undefined)
}

async function makeLinks(root: string, links: readonly LibraryLink[]): Promise<void> {
  for (const { source, target } of links) {
    await symlink(relative(dirname(target), source), join(root, target)).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error // another process was faster
    })
  }
}

async function completeCopy(packageRoot: string, cache: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8')) as { version: string }
  const copy = join(cache, `${basename(packageRoot)}-${version}`)
  if ((await lstat(copy).catch(() => undefined)) !== undefined) return copy
  try {
    await mkdir(cache, { recursive: true })
    // Built aside and renamed, so that a copy under this name is always whole.
    const partial = await mkdtemp(join(cache, 'copying-'))
    await cp(join(packageRoot, 'native'), join(partial, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !path.endsWith('.a'),
    })
    await chmod(join(partial, 'native', 'lib'), 0o755) // read-only as it was, it could not take the links
    await makeLinks(partial, await missingLinks(partial))
    await rename(partial, copy).catch(() => rm(partial, { recursive: true, force: true }))
    return copy
  } catch (cause) {
    throw new ConfigError('PUSH_DATABASE_FOLDER', {
      detail: `PostgreSQL's programs could not be copied to ${cache}: ${errorCode(cause) ?? String(cause)}.`,
      cause,
    })
  }
}
