// When so many sends find dead addresses that the fault is rather ours (another project, another environment, a bad
// payload): then no address is believed to be dead. Pure.

/** How far back sends count, and what they did is taken back. */
export const BREAKER_WINDOW_MS = 300_000
/** How long an open breaker rests before one send may close it. */
export const BREAKER_PROBE_INTERVAL_MS = 300_000
/** Fewer sends say nothing: a handful of old devices may be all that a message went to. */
const MIN_SENDS = 50
const MIN_DEAD_PERCENT = 90

export function isUnusual({ sends, dead }: { readonly sends: number; readonly dead: number }): boolean {
  return sends >= MIN_SENDS && dead * 100 >= sends * MIN_DEAD_PERCENT
}
