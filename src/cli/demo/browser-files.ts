// The demo's page and the browser client under the URLs that a browser asks for: out of dist/ as they are, out of the
// sources with their types stripped, so that there is no build between an edit and a reload.
import { readdir, readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface BrowserFile {
  readonly type: string
  read(): Promise<string>
}

const IS_SOURCE = import.meta.url.endsWith('.ts')
const FOLDER = fileURLToPath(new URL(IS_SOURCE ? '../../../client/' : '../../browser/', import.meta.url))
const SCRIPT = 'text/javascript'
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.js': SCRIPT,
}
/** What is found at another URL: a page is asked for at /, and a worker rules over no more than the folder that it is in. */
const MOVED: Readonly<Record<string, string>> = { '/demo/index.html': '/', '/demo/sw.js': '/sw.js' }

/** By the path of the URL. */
export async function browserFiles(): Promise<ReadonlyMap<string, BrowserFile>> {
  const names = (await readdir(FOLDER, { recursive: true })).map((name) => name.replaceAll('\\', '/'))
  return new Map(
    names.flatMap((name): Array<[string, BrowserFile]> => {
      const isStripped = IS_SOURCE && name.endsWith('.ts')
      const path = `/${isStripped ? name.replace(/\.ts$/, '.js') : name}`
      const type = TYPES[extname(path)]
      if (type === undefined) return []
      const read = () => readFile(`${FOLDER}${name}`, 'utf8')
      return [[MOVED[path] ?? path, { type, read: isStripped ? async () => strip(await read()) : read }]]
    }),
  )
}

async function strip(source: string): Promise<string> {
  const { stripTypeScriptTypes } = await import('node:module')
  return stripTypeScriptTypes(source).replaceAll(/(from '\.[^']+)\.ts'/g, "$1.js'")
}
