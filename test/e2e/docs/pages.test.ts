// The documentation as text: its links lead somewhere, its names exist, and it speaks of nothing that readers lack.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { OPTION_ENTRIES } from '../../../src/app/options/option-table.ts'
import { ERROR_TABLE } from '../../../src/model/error-table.ts'
import { allPages, codeBlocks, type Page, prose, ROOT, readPage } from './pages.ts'

const pages = allPages()

describe.each(pages.map((page) => [page.path, page] as const))('%s', (_, page) => {
  test('has links that lead somewhere', () => {
    expect(links(page).filter((link) => !leadsSomewhere(page, link))).toEqual([])
  })

  test('speaks of nothing that a reader does not have', () => {
    expect(page.text).not.toMatch(/design\.md|protocols\.md|\bshared\/|\/work(?![a-z])/)
  })

  test('names error codes, variables and scripts that exist', () => {
    const named = (pattern: RegExp) => [...new Set(page.text.match(pattern))]
    const codes = named(/\bPUSH_[A-Z0-9_]+\b/g)
    expect(codes.filter((code) => !(code in ERROR_TABLE))).toEqual([])
    const variables = named(
      /\b(SENDWORD|C2DM|FCM|APNS(?!_AUTH_ERROR)|WEBPUSH|LOG_MAIL|SMTP|DATABASE)_[A-Z0-9_]*[A-Z0-9]\b/g,
    )
    expect(variables.filter((name) => !VARIABLES.has(name))).toEqual([])
    const scripts = Array.from(page.text.matchAll(/npm run (?:-s )?([a-z:]+)/g), ([, name = '']) => name)
    expect(scripts.filter((name) => !(name in SCRIPTS))).toEqual([])
  })
})

test('sequence diagrams hold no semicolon, which ends a line in them', () => {
  const diagrams = pages.flatMap(codeBlocks).filter(({ code }) => code.startsWith('sequenceDiagram'))
  expect(diagrams.length).toBeGreaterThan(1)
  expect(diagrams.filter(({ code }) => code.includes(';')).map(({ place }) => place)).toEqual([])
})

test('every page of docs is in its index', () => {
  const index = readPage('docs/README.md')
  const listed = links(index).map((link) => join('docs', link.split('#')[0] ?? ''))
  const inDocs = pages.map(({ path }) => path).filter((path) => path.startsWith('docs/') && path !== 'docs/README.md')
  expect(inDocs.filter((path) => !listed.includes(path))).toEqual([])
})

const SCRIPTS: Readonly<Record<string, string>> = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')).scripts

/** Those of the options, and the one that the command line alone reads. */
const VARIABLES = new Set([...[...OPTION_ENTRIES.values()].flatMap(({ env }) => env), 'SENDWORD_DEBUG'])

function links(page: Page): string[] {
  return Array.from(prose(page).matchAll(/\]\(([^)\s]+)\)/g), ([, link = '']) => link).filter(
    (link) => !/^[a-z]+:/.test(link),
  )
}

function leadsSomewhere({ path }: Page, link: string): boolean {
  const [file = '', anchor] = link.split('#')
  const target = file === '' ? path : join(dirname(path), file)
  if (!existsSync(`${ROOT}${target}`)) return false
  if (anchor === undefined) return true
  return !statSync(`${ROOT}${target}`).isDirectory() && anchors(readPage(target)).has(anchor)
}

/** As GitHub makes them of headings. */
function anchors(page: Page): Set<string> {
  const headings = Array.from(prose(page).matchAll(/^#+ (.+)$/gm), ([, heading = '']) => heading)
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  )
}
