// The tutorial, done as a reader does it: its servers started, its lines run one after the other in one shell, and
// what they print held against what it says they print.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../kit/free-port.ts'
import { pause } from '../../soak/serve-process.ts'
import { type CodeBlock, codeBlocks, ROOT, readPage } from './pages.ts'
import { createShell, hasCurl, NO_CURL, type Shell } from './shell.ts'

const ASK_AGAIN_MS = 50
const blocks = codeBlocks(readPage('docs/tutorial/first-message.md'))
const background: ChildProcess[] = []
let folder: string
let ports: { emulator: string; serve: string }
let shell: Shell

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sendword-tutorial-'))
  // PostgreSQL runs under another user when we are root; that user has to get in.
  await chmod(folder, 0o755)
  ports = { emulator: String(await freePort()), serve: String(await freePort()) }
  shell = createShell(folder)
})
afterAll(async () => {
  shell.close()
  for (const child of background.reverse()) await stop(child)
  await rm(folder, { recursive: true, force: true })
})

test('every line of the tutorial does what the tutorial says', async (context) => {
  if (!(await hasCurl())) context.skip(NO_CURL)
  let printed: { block: CodeBlock; output: string } | undefined
  let compared = 0
  for (const block of blocks) {
    const { language, mark } = block
    if (language === 'sh' && mark.startsWith('background ')) await startBackground(block)
    else if (language === 'sh' && ['run', 'ask'].includes(mark)) {
      printed = { block, output: await shell.run(localised(block.code)) }
    } else if (mark === 'like') {
      await expectLike(block, printed)
      compared++
    }
  }
  expect(compared).toBeGreaterThan(8)
}, 120_000)

async function expectLike(block: CodeBlock, printed: { block: CodeBlock; output: string } | undefined): Promise<void> {
  if (!printed) throw new Error(`${block.place}: nothing was run before it.`)
  const shape = (output: string) => shapeOf(block.language, output)
  let { output } = printed
  // Delivery takes a moment: a question may be asked again until the test's time is over.
  while (printed.block.mark === 'ask' && JSON.stringify(shape(output)) !== JSON.stringify(shape(block.code))) {
    await pause(ASK_AGAIN_MS)
    output = await shell.run(localised(printed.block.code))
  }
  expect(shape(output), printed.block.place).toEqual(shape(block.code))
}

/** What must be equal: every name and every value, but for numbers, texts that hold a digit, and secrets: those vary. */
function shapeOf(language: string, output: string): unknown {
  if (language !== 'json') return output.trim()
  return JSON.parse(output, (_, value) => {
    if (typeof value === 'number') return 'a number'
    return typeof value === 'string' && /\d|^[\w-]{24}$/.test(value) ? 'a text' : value
  })
}

function localised(code: string): string {
  const command = `'${process.execPath}' '${ROOT}src/cli/main.ts'`
  return code
    .replaceAll('7320', ports.emulator)
    .replaceAll('7300', ports.serve)
    .replaceAll('npm run -s sendword --', command)
}

/** Starts a server in a process group of its own, and waits until the URL in its fence answers. */
async function startBackground({ place, mark, code }: CodeBlock): Promise<void> {
  const child = spawn('bash', ['-c', localised(code)], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, SENDWORD_PORT: ports.serve },
  })
  background.push(child)
  let said = ''
  child.stderr?.on('data', (chunk) => {
    said += chunk
  })
  const url = localised(mark.replace('background ', ''))
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${place} ended with ${child.exitCode}: ${said}`)
    const answer = await fetch(url).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer?.ok) return
    await pause(ASK_AGAIN_MS)
  }
}

/** As Ctrl-C does: the whole group is told. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return
  process.kill(-child.pid, 'SIGINT')
  await once(child, 'exit')
}
