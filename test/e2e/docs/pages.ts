// The pages of the documentation, and the code in them. A fence says behind its language what a test may do with it:
// `ts` is type-checked, `ts fragment` too inside of surroundings.ts, `ts run` is also run; `sh run`, `sh ask` and
// `sh background` are run in order, `json like` and `text like` are what the block before them must print.
import { readdirSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

export interface Page {
  /** Relative to the repository. */
  readonly path: string
  readonly text: string
}

export interface CodeBlock {
  /** page:line of the fence. */
  readonly place: string
  readonly language: string
  /** What stands behind the language. */
  readonly mark: string
  readonly code: string
}

export function readPage(path: string): Page {
  return { path, text: readFileSync(`${ROOT}${path}`, 'utf8') }
}

/** Every page, those at the root of the repository included. */
export function allPages(): Page[] {
  const atRoot = readdirSync(ROOT).filter((name) => name.endsWith('.md'))
  const inDocs = readdirSync(`${ROOT}docs`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => relative(ROOT, `${entry.parentPath}/${entry.name}`))
  return [...atRoot, ...inDocs].sort().map(readPage)
}

export function codeBlocks({ path, text }: Page): CodeBlock[] {
  const blocks: CodeBlock[] = []
  let open: { line: number; info: string; code: string[] } | undefined
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^```(.*)$/.exec(line)
    if (!fence) open?.code.push(line)
    else if (!open) open = { line: index + 1, info: fence[1] ?? '', code: [] }
    else {
      const [language = '', ...mark] = open.info.trim().split(/\s+/)
      blocks.push({ place: `${path}:${open.line}`, language, mark: mark.join(' '), code: open.code.join('\n') })
      open = undefined
    }
  }
  if (open) throw new Error(`${path}:${open.line}: this fence is never closed.`)
  return blocks
}

/** The text of a page without its code. */
export function prose({ text }: Page): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '')
}
