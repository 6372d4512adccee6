// A process of ours that is measured from outside: its processor time by the kernel's count, its memory by its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { processorTimeOfTree } from './processor-time.ts'

export interface Memory {
  readonly rssMb: number
  readonly heapMb: number
}

export interface MeasuredProcess {
  /** What it printed once it was up, parsed. */
  readonly announced: Readonly<Record<string, unknown>>
  /** Milliseconds, of all its threads and children so far. */
  processorTime(): number
  /** The most that it held since then. */
  peakMemory(since: number): Memory
  memory(): Memory
  /** Ends it as a power cut would. */
  kill(): Promise<void>
  /** Ends it as an operator would. */
  stop(): Promise<void>
}

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
const MOST_SAID = 4_000
let started = 0

/** Runs a file of ours that prints one JSON line once it is up. */
export async function startMeasured(
  file: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<MeasuredProcess> {
  const usageFile = join(tmpdir(), `sendword-bench-${process.pid}-${started++}`)
  const child = spawn(process.execPath, ['--import', path('./usage-reporter.ts'), path(file), ...args], {
    env: { ...process.env, ...env, BENCH_USAGE_FILE: usageFile },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-MOST_SAID)
  })
  child.on('exit', (code) => {
    if (code) console.error(said)
  })
  const announced = await firstLine(child, file)
  /** What is known of it once it has ended. */
  let ended: { readonly time: number; readonly samples: readonly Sample[] } | undefined
  const samples = () => ended?.samples ?? readSamples(usageFile)
  const processorTime = () => ended?.time ?? processorTimeOfTree(child.pid ?? 0)
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) {
      ended = { time: processorTime(), samples: samples() }
      child.kill(signal)
      await once(child, 'exit')
    }
    rmSync(usageFile, { force: true })
  }
  return {
    announced,
    processorTime,
    peakMemory(since) {
      const later = samples().filter(({ at }) => at >= since)
      const most = (of: (sample: Sample) => number) => Math.max(0, ...later.map(of)) / 2 ** 20
      return { rssMb: most(({ rss }) => rss), heapMb: most(({ heap }) => heap) }
    },
    memory() {
      const { rss = 0, heap = 0 } = samples().at(-1) ?? {}
      return { rssMb: rss / 2 ** 20, heapMb: heap / 2 ** 20 }
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  }
}

async function firstLine(child: ChildProcess, file: string): Promise<Record<string, unknown>> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const [line] = await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`${file} ended with ${code}`)
    }),
  ])
  return JSON.parse(line)
}

interface Sample {
  readonly at: number
  readonly rss: number
  readonly heap: number
}

function readSamples(file: string): Sample[] {
  let text = ''
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    // It has not been up for long enough.
  }
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [at = 0, rss = 0, heap = 0] = line.split(' ').map(Number)
      return { at, rss, heap }
    })
}
