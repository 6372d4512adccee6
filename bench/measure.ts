// What a process spends on a piece of work: processor time, wall time, memory. Processor time is what other work on
// the machine disturbs least.
import { setTimeout } from 'node:timers/promises'

export interface Measured {
  readonly messages: number
  readonly wallMs: number
  /** User and system time of this process. */
  readonly cpuMs: number
  readonly peakRssMb: number
}

const SAMPLE_MS = 50

/** Runs `work`, which answers how many messages it sent. */
export async function measure(work: () => Promise<number>): Promise<Measured> {
  let peak = process.memoryUsage.rss()
  const done = new AbortController()
  const sampling = (async () => {
    while (!done.signal.aborted) {
      peak = Math.max(peak, process.memoryUsage.rss())
      await setTimeout(SAMPLE_MS, undefined, { signal: done.signal }).catch(() => undefined)
    }
  })()
  const cpu = process.cpuUsage()
  const since = performance.now()
  const messages = await work()
  const wallMs = performance.now() - since
  const { user, system } = process.cpuUsage(cpu)
  done.abort()
  await sampling
  return {
    messages,
    wallMs,
    cpuMs: (user + system) / 1000,
    peakRssMb: Math.max(peak, process.memoryUsage.rss()) / 2 ** 20,
  }
}

/** The last line of a contestant: what the orchestrator reads. */
export function report(figures: object): void {
  console.log(JSON.stringify(figures))
}
