// The diagram of the floors in the architecture page and the table that the floor check enforces say the same.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { codeBlocks, ROOT, readPage } from './pages.ts'

const page = readPage('docs/explanation/architecture.md')
const diagram = codeBlocks(page).find(({ language, code }) => language === 'mermaid' && code.startsWith('flowchart'))
const floors = readFloors()

test('the table of the floor check was read', () => {
  expect(floors.size).toBeGreaterThan(10)
})

test('every folder of the table stands in the diagram, and no other', () => {
  const drawn = Array.from(diagram?.code.matchAll(/^ {2}(\w+)\["/gm) ?? [], ([, name]) => name)
  expect(drawn.sort()).toEqual([...floors.keys()].sort())
})

test('the diagram has the arrows of the table, without those that its three rules state', () => {
  const drawn = Array.from(diagram?.code.matchAll(/(\w+) --> (\w+)/g) ?? [], ([, from, to]) => `${from} → ${to}`)
  const expected = [...floors].flatMap(([from, mayImport]) =>
    mayImport.filter((to) => !isStatedByRule(from, to)).map((to) => `${from} → ${to}`),
  )
  expect(drawn.sort()).toEqual(expected.sort())
})

test('the three rules are true of the table, and stand in the page as they are', () => {
  expect(page.text).toContain('every folder may import `util`, but `protocols`, which imports nothing;')
  expect(foldersWithout('util')).toEqual(['protocols'])
  expect(floors.get('protocols')).toEqual([])

  expect(page.text).toContain('every folder may import `model`, but `util`, `protocols` and `emulator`;')
  expect(foldersWithout('model')).toEqual(['emulator', 'protocols', 'util'])

  expect(page.text).toContain('`app` may import everything below it but `emulator`.')
  const below = [...floors.keys()].slice(0, [...floors.keys()].indexOf('app'))
  expect(below.filter((folder) => !floors.get('app')?.includes(folder))).toEqual(['emulator'])
})

function isStatedByRule(from: string, to: string): boolean {
  if (to === 'util' || to === 'model') return true
  return from === 'app' && !['registry', 'publishing', 'delivery', 'webhooks'].includes(to)
}

/** Folders that may not import `folder`, itself left out. */
function foldersWithout(folder: string): string[] {
  return [...floors]
    .filter(([from, mayImport]) => from !== folder && !mayImport.includes(folder))
    .map(([from]) => from)
    .sort()
}

/** As text: importing the check would run it. */
function readFloors(): Map<string, string[]> {
  const source = readFileSync(`${ROOT}tools/check-floors.ts`, 'utf8')
  const table = /const FLOORS[^=]*= (\[\n[\s\S]*?\n\])/.exec(source)?.[1] ?? '[]'
  return new Map(JSON.parse(table.replaceAll("'", '"').replace(/,(\s*\])/g, '$1')))
}
