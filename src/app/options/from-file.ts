// Options from a configuration file: sendword.config.ts, .js or .mjs (a default export or one named `config`), or JSON.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigError } from '../../model/push-error.ts'
import { isPlainObject } from './plain-object.ts'
import type { SendwordOptions } from './sendword-options.ts'
import { type Position, positionInJson, positionInModule } from './syntax-position.ts'

const MODULES = ['.ts', '.js', '.mjs']
const FILE_NAMES = [...MODULES, '.json'].map((extension) => `sendword.config${extension}`)
const BYTE_ORDER_MARK = /^\uFEFF/

/** The configuration file in `folder`, if there is one: .ts before .js, .mjs and .json. */
export function findOptionsFile(folder: string): string | undefined {
  return FILE_NAMES.map((name) => join(folder, name)).find((path) => existsSync(path))
}

export function isOptionsFileName(name: string): boolean {
  return FILE_NAMES.includes(name)
}

/**
 * The options in the file at `path`. They are checked by resolveOptions.
 * @param reading A number not used before reads a module anew; what it imports is kept.
 */
export async function optionsFromFile(path: string, reading = 0): Promise<SendwordOptions> {
  const absolute = resolve(path)
  const extension = extname(absolute)
  if (extension !== '.json' && !MODULES.includes(extension)) {
    throw unusable(path, `has the ending “${extension}”; it must be .ts, .js, .mjs or .json`)
  }
  const text = await readText(path, absolute)
  const options = extension === '.json' ? parseJson(path, text) : await importOptions(path, absolute, reading)
  if (!isPlainObject(options)) throw unusable(path, 'gives no object of options')
  return options
}

async function readText(path: string, absolute: string): Promise<string> {
  try {
    return (await readFile(absolute, 'utf8')).replace(BYTE_ORDER_MARK, '')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    throw unusable(path, code === 'ENOENT' ? 'does not exist' : `cannot be read (${code ?? 'unknown reason'})`, error)
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The error of JSON.parse quotes the text around the fault, which may be a password: it is not kept as cause.
    throw unusable(path, `is not valid JSON${at(positionInJson(text))}`)
  }
}

async function importOptions(path: string, absolute: string, reading: number): Promise<unknown> {
  const exported = await importModule(path, absolute, reading)
  const options = exported.default ?? exported.config
  if (options === undefined) throw unusable(path, 'has neither a default export nor one named config')
  return options
}

async function importModule(
  path: string,
  absolute: string,
  reading: number,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    const url = pathToFileURL(absolute)
    // Node keeps what a URL gave it.
    if (reading > 0) url.search = `reading=${reading}`
    return await import(url.href)
  } catch (error) {
    if (error instanceof SyntaxError) {
      // Its stack quotes the line, which may hold a password: neither stack nor cause is kept.
      throw syntaxError(path, error.message, await positionInModule(error, absolute))
    }
    throw unusable(path, `failed while it was loaded: ${error instanceof Error ? error.message : error}`, error)
  }
}

function syntaxError(path: string, message: string, position: Position | undefined): ConfigError {
  const where = position === undefined ? ', or imports a file that has one' : at(position)
  // An unexpected identifier may be a password whose quotes were forgotten.
  return unusable(path, `has a syntax error${where}: ${message.replace(/(identifier) '.*'/s, '$1')}`)
}

function at(position: Position | undefined): string {
  return position === undefined ? '' : ` at line ${position.line}, column ${position.column}`
}

function unusable(path: string, what: string, cause?: unknown): ConfigError {
  return new ConfigError('PUSH_CONFIG_FILE', { detail: `${path} ${what}.`, cause })
}
