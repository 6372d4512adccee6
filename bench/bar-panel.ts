// One panel of the chart: horizontal bars on one scale, as SVG.

export interface Bar {
  readonly name: string
  /** Stacked, from the left; the first is the dark one. */
  readonly parts: readonly number[]
  /** What is written behind it. Default: the parts, with the unit. */
  readonly text?: string
}

export interface Panel {
  readonly title: string
  readonly unit: string
  readonly bars: readonly Bar[]
  /** A line across the bars: what the figure is to reach, or to stay under. */
  readonly target?: number
}

export interface Drawn {
  readonly svg: string
  readonly height: number
}

const LEFT = 190
const WIDTH = 380
const BAR = { height: 18, gap: 8 }
const TITLE = 34
const BELOW = 18

/** @param top Where it begins in the chart. */
export function drawPanel({ title, unit, bars, target }: Panel, top: number): Drawn {
  const sums = bars.map(({ parts }) => parts.reduce((sum, part) => sum + part, 0))
  const scale = WIDTH / Math.max(...sums, target ?? 0, Number.MIN_VALUE)
  const end = top + TITLE + bars.length * (BAR.height + BAR.gap)
  const svg = [
    `<text class="title" x="8" y="${top + 22}">${title}</text>`,
    ...bars.map((bar, row) => drawBar(bar, { y: top + TITLE + row * (BAR.height + BAR.gap), scale, unit })),
    target === undefined
      ? ''
      : drawTarget(LEFT + target * scale, { top: top + TITLE, end, label: label([target], unit) }),
  ]
  return { svg: svg.join('\n'), height: end - top + BELOW }
}

interface Place {
  readonly y: number
  readonly scale: number
  readonly unit: string
}

function drawBar({ name, parts, text }: Bar, { y, scale, unit }: Place): string {
  let x = LEFT
  const rects = parts.map((part, index) => {
    const rect = `<rect class="part${index}" x="${x.toFixed(1)}" y="${y}" width="${(part * scale).toFixed(1)}" height="${BAR.height}"/>`
    x += part * scale
    return rect
  })
  return [
    `<text x="${LEFT - 8}" y="${y + 13}" text-anchor="end">${name}</text>`,
    ...rects,
    `<text x="${(x + 8).toFixed(1)}" y="${y + 13}">${text ?? label(parts, unit)}</text>`,
  ].join('\n')
}

function drawTarget(x: number, { top, end, label }: { top: number; end: number; label: string }): string {
  const at = x.toFixed(1)
  return `<line class="target" x1="${at}" x2="${at}" y1="${top - 4}" y2="${end}"/>
<text class="target" x="${at}" y="${end + 10}" text-anchor="middle">target ${label}</text>`
}

function label(parts: readonly number[], unit: string): string {
  const numbers = parts.map((part) => part.toLocaleString('en', { maximumFractionDigits: part < 10 ? 1 : 0 }))
  return `${numbers.join(' + ')} ${unit}`
}
