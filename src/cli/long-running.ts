// What the commands that run until they are stopped have in common.
import type { ResolvedOptions } from '../app/options/resolve-options.ts'
import { TRANSPORT_NAMES } from '../model/address.ts'
import { StopRequest } from './stop-signals.ts'
import type { Terminal } from './terminal.ts'

/** Being stopped is how these commands end, also while they still start. */
export async function endsInOrder(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof StopRequest)) throw error
  }
}

export function hasPushService({ apps }: ResolvedOptions): boolean {
  return [...apps.values()].some((app) => TRANSPORT_NAMES.some((name) => app[name] !== undefined))
}

export function noteStopping(terminal: Terminal, { http }: ResolvedOptions): void {
  const seconds = http.graceMs / 1000
  terminal.note(`Stopping: what is in flight gets up to ${seconds} s to finish. A second signal ends it at once.`)
}
