// What all benchmarks share: their sizes as flags, the conditions they ran under, and the file of their results.
import { readFile, writeFile } from 'node:fs/promises'
import { cpus, loadavg, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

export interface Flag {
  readonly default: string
  readonly about: string
}

export type Sizes<Flags> = {
  /** Whole numbers; a list where the default is one. */
  readonly [Name in keyof Flags]: readonly number[]
}

/** Reads the flags of a benchmark; with --help it says them, and the process ends. */
export function readSizes<Flags extends Readonly<Record<string, Flag>>>(script: string, flags: Flags): Sizes<Flags> {
  const entries = Object.entries<Flag>(flags)
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean' },
      ...Object.fromEntries(entries.map(([name, flag]) => [name, { type: 'string', default: flag.default } as const])),
    },
  })
  if (values.help) {
    console.log(`npm run ${script} [-- ${entries.map(([name]) => `--${name} …`).join(' ')}]`)
    for (const [name, flag] of entries) console.log(`  --${name.padEnd(14)} ${flag.about} Default: ${flag.default}.`)
    process.exit(0)
  }
  const sizes = entries.map(([name]) => [name, numbers(name, String(values[name as keyof typeof values]))] as const)
  return Object.fromEntries(sizes) as unknown as Sizes<Flags>
}

function numbers(name: string, text: string): number[] {
  if (/^\d+(?:,\d+)*$/.test(text)) return text.split(',').map(Number)
  console.error(`--${name} is ${text}; it must be whole numbers, with commas between them.`)
  process.exit(2)
}

/** One of the sizes, where there can be but one. */
export function only([size = 0]: readonly number[]): number {
  return size
}

/** Says how far it is, with the seconds since the start. */
export function say(text: string): void {
  console.log(`${(performance.now() / 1000).toFixed(0).padStart(5)} s  ${text}`)
}

const LOAD_AT_START = loadavg()[0] ?? 0

export function conditionsNow() {
  return {
    at: new Date().toISOString(),
    node: process.version,
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    loadAtStart: Number(LOAD_AT_START.toFixed(2)),
  }
}

/** Writes them beside this file, with the conditions. */
export async function record(file: string, results: object): Promise<void> {
  const conditions = conditionsNow()
  const path = fileURLToPath(new URL(`./${file}`, import.meta.url))
  await writeFile(path, `${JSON.stringify({ conditions, ...results }, null, 2)}\n`)
  say(`written to bench/${file}`)
}

/** What an earlier run wrote there, if there was one. */
export async function recorded(file: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const text = await readFile(fileURLToPath(new URL(`./${file}`, import.meta.url)), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : JSON.parse(text)
}

export function rounded(value: number, digits = 1): number {
  return Number(value.toFixed(digits))
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[sorted.length >> 1] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[(sorted.length >> 1) - 1] ?? Number.NaN) + upper) / 2
}

/** Of `values` in any order. @param share 0 to 1. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
