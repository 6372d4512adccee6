// The API key of a first start. It is shown, or written to its file, before it becomes valid: a process that is
// stopped in between leaves no valid key that nobody knows.
import { randomUUID } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Core } from '../app/core.ts'
import { ConfigError } from '../model/push-error.ts'
import type { Terminal } from './terminal.ts'

const FILE = 'api-key'
const MIN_CHARACTERS = 24

export type ApiKeyPlace =
  /** The operator's own. */
  | { readonly kind: 'given' }
  | { readonly kind: 'file'; readonly path: string }
  /** On the terminal, just now. */
  | { readonly kind: 'shown' }
  /** Shown when it was made, and nowhere else. */
  | { readonly kind: 'known' }

/** `screen` is where a person would see a new key. Throws ConfigError PUSH_CONFIG_API_KEY_MISSING when there is no key, and no place to show a new one. */
export async function ensureApiKey(core: Core, screen: Terminal | undefined): Promise<ApiKeyPlace> {
  if (core.options.apiKey !== undefined) return { kind: 'given' }
  const path = core.folder === undefined ? undefined : join(core.folder, FILE)
  const written = path === undefined ? undefined : await readKey(path)
  if (await core.apiKeys.exists()) {
    const isInFile = written !== undefined && (await core.apiKeys.accepts(written))
    return isInFile && path !== undefined ? { kind: 'file', path } : { kind: 'known' }
  }
  if (screen !== undefined && written === undefined) return await showKey(core, screen)
  if (path === undefined) throw new ConfigError('PUSH_CONFIG_API_KEY_MISSING')
  return await keepInFile(core, path)
}

async function showKey({ apiKeys }: Core, screen: Terminal): Promise<ApiKeyPlace> {
  const key = apiKeys.generate()
  screen.print(`API key: ${screen.paint('bold', key)}`)
  screen.print('It is shown this once. Programs send it as the header `Authorization: Bearer <key>`.')
  if (await apiKeys.keepFirst(key)) return { kind: 'shown' }
  screen.print('Another process has made a key at the same time: that one is valid, and this one is not.')
  return { kind: 'known' }
}

async function keepInFile({ apiKeys }: Core, path: string): Promise<ApiKeyPlace> {
  if (await apiKeys.keepFirst(await writtenKey(path, apiKeys.generate()))) return { kind: 'file', path }
  await rm(path, { force: true })
  return { kind: 'known' }
}

/** The key in the file; `fresh` becomes it when there is none. Of several processes at once, one writes it. */
async function writtenKey(path: string, fresh: string): Promise<string> {
  const aside = `${path}.${randomUUID()}`
  try {
    await writeFile(aside, `${fresh}\n`, { mode: 0o600, flag: 'wx', flush: true })
    await link(aside, path)
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
  } finally {
    await rm(aside, { force: true })
  }
  return (await readKey(path)) ?? fresh
}

async function readKey(path: string): Promise<string | undefined> {
  let key: string
  try {
    key = (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw unusable(
      path,
      `cannot be read (${error instanceof Error && 'code' in error ? error.code : 'unknown reason'})`,
    )
  }
  if (key.length >= MIN_CHARACTERS) return key
  throw unusable(path, `holds no API key of at least ${MIN_CHARACTERS} characters`)
}

function unusable(path: string, what: string): ConfigError {
  return new ConfigError('PUSH_CONFIG_API_KEY_MISSING', {
    detail: `The file ${path} ${what}.`,
    cure: 'Remove or mend it, or set SENDWORD_API_KEY.',
  })
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
