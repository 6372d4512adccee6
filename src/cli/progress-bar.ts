// A bar that shows how far something has come, and how fast it goes.

export interface Progress {
  readonly done: number
  readonly total: number
  /** Since it began. */
  readonly elapsedMs: number
}

const WIDTH = 24

export function progressBar({ done, total, elapsedMs }: Progress): string {
  const share = total === 0 ? 1 : Math.min(1, done / total)
  const filled = Math.round(share * WIDTH)
  const bar = '#'.repeat(filled) + '-'.repeat(WIDTH - filled)
  const rate = elapsedMs > 0 ? Math.round((done * 1000) / elapsedMs) : 0
  const percent = `${Math.floor(share * 100)}`.padStart(3)
  return `[${bar}] ${percent} %  ${grouped(done)} of ${grouped(total)}  ${grouped(rate)}/s`
}

export function grouped(count: number): string {
  return count.toLocaleString('en-US')
}
