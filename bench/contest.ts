// A contest: every contestant sends to one emulator in bench mode, each in a process of its own, one after the other, so
// that their ratios hold on a machine whose speed drifts.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { conditionsNow } from './run.ts'

export interface Contest {
  /** By name: the file in contestants/, and what it is told beside the emulator and the number of messages. */
  readonly contestants: Readonly<Record<string, readonly [file: string, ...args: string[]]>>
  /** The one that the others are compared with. */
  readonly floor: string
  /** The file of the results, in this folder. */
  readonly results: string
}

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

interface Sending {
  readonly name: string
  readonly file: string
  readonly args: readonly string[]
  readonly controlUrl: string
  readonly messages: string
}

/** Runs a contestant in a process of its own, and reads what it found. */
export async function runContestant({ name, file, args: more, controlUrl, messages }: Sending): Promise<Figures> {
  const args = [path(`./contestants/${file}.ts`), controlUrl, messages, ...more]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let last = ''
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) last = line
  if (child.exitCode === null) await once(child, 'exit')
  if (child.exitCode !== 0) throw new Error(`${name} ended with ${child.exitCode}`)
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

/** Reads `--messages` and `--rounds`. */
export async function hold({ contestants, floor, results }: Contest): Promise<void> {
  const { values } = parseArgs({
    options: { messages: { type: 'string', default: '100000' }, rounds: { type: 'string', default: '3' } },
  })
  const { messages, rounds } = values
  const emulator = await startEmulator()
  const records: Record<string, Figures[]> = {}
  try {
    for (let round = 1; round <= Number(rounds); round++) {
      for (const [name, [file, ...args]] of Object.entries(contestants)) {
        const figures = await runContestant({ name, file, args, controlUrl: emulator.url, messages })
        records[name] = [...(records[name] ?? []), figures]
        console.log(`round ${round}: ${name}: ${((figures.cpuMs * 1000) / figures.messages).toFixed(1)} µs a message`)
      }
    }
  } finally {
    emulator.process.kill()
  }
  const summaries = Object.fromEntries(Object.entries(records).map(([name, figures]) => [name, summary(figures)]))
  print(summaries, floor)
  const conditions = { ...conditionsNow(), messages: Number(messages) }
  await writeFile(path(`./${results}`), `${JSON.stringify({ conditions, summaries, records }, null, 2)}\n`)
}

function print(summaries: Readonly<Record<string, ReturnType<typeof summary>>>, floor: string): void {
  const least = summaries[floor]?.cpuMicrosPerMessage ?? Number.NaN
  for (const [name, figures] of Object.entries(summaries)) {
    const { cpuMicrosPerMessage, messagesPerSecond, databaseCpuMicrosPerMessage, peakRssMb } = figures
    console.log(
      `${name.padEnd(15)} ${cpuMicrosPerMessage.toFixed(1).padStart(7)} µs (${(cpuMicrosPerMessage / least).toFixed(2)} × ${floor})` +
        `  ${messagesPerSecond.toFixed(0).padStart(6)}/s  database ${databaseCpuMicrosPerMessage.toFixed(1)} µs  ${peakRssMb.toFixed(0)} MB`,
    )
  }
}
