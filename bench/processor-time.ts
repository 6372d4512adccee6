// Processor time of a process and all that it started, as Linux counts it (proc(5): stat, fields 14 to 17).
import { readdirSync, readFileSync } from 'node:fs'

/** getconf CLK_TCK; 100 on every Linux that Node runs on. */
const TICKS_A_SECOND = 100

interface Stat {
  readonly parent: number
  /** Of the process, and of its children that ended and were waited for. */
  readonly ticks: number
}

function statOf(pid: string): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name, in brackets, may hold anything.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const [, parent = 0] = fields
    const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0)
    return { parent, ticks }
  } catch {
    return undefined
  }
}

/** Milliseconds. */
export function processorTimeOfTree(root: number): number {
  const stats = new Map<number, Stat>()
  for (const pid of readdirSync('/proc')) {
    const stat = /^\d+$/.test(pid) ? statOf(pid) : undefined
    if (stat) stats.set(Number(pid), stat)
  }
  let ticks = 0
  const open = [root]
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    ticks += stats.get(pid)?.ticks ?? 0
    for (const [child, { parent }] of stats) if (parent === pid) open.push(child)
  }
  return (ticks / TICKS_A_SECOND) * 1000
}
