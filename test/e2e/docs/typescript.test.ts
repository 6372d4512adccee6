// TypeScript in the documentation compiles, and the programs among it run, against an emulator and a real PostgreSQL.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { freePort } from '../../kit/free-port.ts'
import { allPages, type CodeBlock, codeBlocks, ROOT } from './pages.ts'
import type * as surroundings from './surroundings.ts'

const FACES: Readonly<Record<string, string>> = {
  sendword: 'src/index.ts',
  'sendword/emulator': 'src/emulator/create-emulator.ts',
}
const SURROUNDINGS = 'test/e2e/docs/surroundings.ts'
const SURROUNDING_NAMES: ReadonlyArray<keyof typeof surroundings> = [
  'c2dm',
  'client',
  'device',
  'drizzleDb',
  'expressApp',
  'fastifyApp',
  'honoApp',
  'knexDb',
  'kyselyDb',
  'orders',
  'pool',
  'prisma',
  'sendword',
  'server',
]

// The reference page of the emulator shows single calls, which its own test holds to the code.
const pages = allPages().filter(({ path }) => path !== 'docs/reference/emulator.md')
const blocks = pages.flatMap(codeBlocks).filter(({ language }) => language === 'ts')
const programs = blocks.filter(({ mark }) => mark === 'run')

test('the README and the how-to pages hold programs that run', () => {
  const places = programs.map(({ place }) => place.replace(/:\d+$/, ''))
  expect(places).toEqual(
    expect.arrayContaining([
      'README.md',
      'docs/how-to/embed-in-express.md',
      'docs/how-to/test-your-app-with-the-emulator.md',
    ]),
  )
})

test('all TypeScript compiles', () => {
  expect(compile(blocks)).toEqual([])
}, 120_000)

describe.each(programs.map((block) => [block.place, block] as const))('the program of %s', (_, block) => {
  test('runs to its end', async () => {
    const { code, printed, complained } = await run(block)
    expect({ code, complained }).toEqual({ code: 0, complained: expect.not.stringMatching(/error/i) })
    if (block.place.startsWith('README.md')) expect(printed).toContain(`outcome: 'accepted'`)
    if (block.place.includes('embed-in-express')) expect(printed).toContain(`status: 'confirmed'`)
  }, 60_000)
})

/** What the compiler says of the blocks, each a module of its own. */
function compile(all: readonly CodeBlock[]): string[] {
  const files = new Map(all.map((block, index) => [`${ROOT}test/e2e/docs/block-${index}.ts`, block]))
  const paths = Object.fromEntries(Object.entries(FACES).map(([name, path]) => [name, [`./${path}`]]))
  const config = ts.parseJsonConfigFileContent(
    {
      extends: './tsconfig.json',
      compilerOptions: { paths, noUnusedLocals: false, noUnusedParameters: false },
      files: [SURROUNDINGS],
    },
    ts.sys,
    ROOT,
  )
  const host = ts.createCompilerHost(config.options)
  const { fileExists, readFile } = host
  host.fileExists = (path) => files.has(path) || fileExists(path)
  host.readFile = (path) => {
    const block = files.get(path)
    return block ? moduleOf(block) : readFile(path)
  }
  const program = ts.createProgram([...config.fileNames, ...files.keys()], config.options, host)
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const place = file && files.get(file.fileName)?.place
    const line = file?.text.slice(0, start).split('\n').at(-1)
    return `${place ?? file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')} at "${line}…"`
  })
}

function moduleOf({ place, mark, code }: CodeBlock): string {
  const isFragment = mark === 'fragment' || (place.startsWith('docs/reference/') && !code.includes('import '))
  if (!isFragment) return `${code}\nexport {}\n`
  // A block of its own, so that a fragment may declare what the surroundings have. Nothing is exported from a block.
  return [
    `import { ${SURROUNDING_NAMES.join(', ')} } from './surroundings.ts'`,
    `import type { SendwordOptions } from 'sendword'`,
    `{\n${code.replaceAll(/^export /gm, '')}\n}`,
  ].join('\n')
}

async function run({ code }: CodeBlock) {
  const folder = await mkdtemp(join(tmpdir(), 'sendword-docs-'))
  // PostgreSQL runs under another user when we are root; that user has to get in.
  await chmod(folder, 0o755)
  try {
    const port = String(await freePort())
    const program = Object.entries(FACES).reduce(
      (text, [name, path]) => text.replaceAll(`from '${name}'`, `from '${pathToFileURL(ROOT + path)}'`),
      code.replaceAll(/\b(7300|3000)\b/g, port),
    )
    const file = join(folder, 'program.mts')
    await writeFile(file, program)
    const child = spawn(process.execPath, [file], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    const [printed, complained] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
    return { code: child.exitCode, printed, complained: withoutInfo(complained) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Without the log lines that tell of nothing wrong. */
function withoutInfo(log: string): string {
  return log.replaceAll(/^\{"level":"info".*\n/gm, '')
}
