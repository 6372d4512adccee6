// `npm run bench`: every contestant sends to one emulator in bench mode, each in a process of its own, one after the
// other, so that their ratios hold on a machine whose speed drifts. Writes bench/results.json.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: { messages: { type: 'string', default: '100000' }, rounds: { type: 'string', default: '3' } },
})
const CONTESTANTS = ['raw-http2', 'firebase-admin', 'sendword'] as const
type Contestant = (typeof CONTESTANTS)[number]

interface Figures {
  readonly messages: number
  readonly wallMs: number
  readonly cpuMs: number
  readonly peakRssMb: number
  readonly databaseCpuMs?: number
}

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

async function startEmulator(): Promise<{ url: string; process: ChildProcess }> {
  const args = [path('../src/cli/main.ts'), 'emulator', '--bench', '--port', '0', '--json']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line')) as [string]
  return { url: (JSON.parse(line) as { url: string }).url, process: child }
}

async function run(contestant: Contestant, controlUrl: string): Promise<Figures> {
  const args = [path(`./contestants/${contestant}.ts`), controlUrl, values.messages]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let last = ''
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) last = line
  if (child.exitCode === null) await once(child, 'exit')
  if (child.exitCode !== 0) throw new Error(`${contestant} ended with ${child.exitCode}`)
  return JSON.parse(last) as Figures
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN
}

function summary(rounds: readonly Figures[]) {
  const each = (figure: (figures: Figures) => number) => median(rounds.map(figure))
  return {
    cpuMicrosPerMessage: each(({ cpuMs, messages }) => (cpuMs * 1000) / messages),
    messagesPerSecond: each(({ wallMs, messages }) => (messages * 1000) / wallMs),
    databaseCpuMicrosPerMessage: each(({ databaseCpuMs = 0, messages }) => (databaseCpuMs * 1000) / messages),
    peakRssMb: each(({ peakRssMb }) => peakRssMb),
  }
}

const emulator = await startEmulator()
const records: Record<Contestant, Figures[]> = { 'raw-http2': [], 'firebase-admin': [], sendword: [] }
try {
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const contestant of CONTESTANTS) {
      const figures = await run(contestant, emulator.url)
      records[contestant].push(figures)
      console.log(
        `round ${round}: ${contestant}: ${((figures.cpuMs * 1000) / figures.messages).toFixed(1)} µs a message`,
      )
    }
  }
} finally {
  emulator.process.kill()
}
const summaries = Object.fromEntries(CONTESTANTS.map((name) => [name, summary(records[name])]))
const floor = summaries['raw-http2']?.cpuMicrosPerMessage ?? Number.NaN
for (const [name, figures] of Object.entries(summaries)) {
  const { cpuMicrosPerMessage, messagesPerSecond, databaseCpuMicrosPerMessage, peakRssMb } = figures
  console.log(
    `${name.padEnd(15)} ${cpuMicrosPerMessage.toFixed(1).padStart(7)} µs (${(cpuMicrosPerMessage / floor).toFixed(2)} × raw)` +
      `  ${messagesPerSecond.toFixed(0).padStart(6)}/s  database ${databaseCpuMicrosPerMessage.toFixed(1)} µs  ${peakRssMb.toFixed(0)} MB`,
  )
}
const conditions = {
  at: new Date().toISOString(),
  node: process.version,
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  messages: Number(values.messages),
}
await writeFile(path('./results.json'), `${JSON.stringify({ conditions, summaries, records }, null, 2)}\n`)
