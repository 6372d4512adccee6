// What the rounds of a contest say together: medians, and how often each contestant costs what the bare protocol does.
import type { Cost } from './measured-broadcast.ts'
import { median, rounded } from './run.ts'

export type Figures = Pick<Cost, 'cpuMicros' | 'databaseMicros' | 'messagesPerSecond'>

/** By contestant; those of the bare protocol begin with `raw-`. */
export type Round = Readonly<Record<string, Figures>>

/** Each is compared with the bare protocol of the same round, as that did best in it. */
export function summaryOf(rounds: readonly Round[]) {
  const names = Object.keys(rounds[0] ?? {})
  const middle = (name: string, figure: keyof Figures) => {
    return rounded(median(rounds.map((round) => round[name]?.[figure] ?? Number.NaN)))
  }
  const contestants = names.map((name) => {
    const timesRaw = rounded(median(rounds.map((round) => (round[name]?.cpuMicros ?? Number.NaN) / bestRaw(round))), 2)
    const figures = {
      cpuMicros: middle(name, 'cpuMicros'),
      databaseMicros: middle(name, 'databaseMicros'),
      messagesPerSecond: middle(name, 'messagesPerSecond'),
    }
    return [name, { ...figures, timesRaw }] as const
  })
  return { bestRawMicros: rounded(median(rounds.map(bestRaw))), contestants: Object.fromEntries(contestants) }
}

function bestRaw(round: Round): number {
  const raw = Object.entries(round).filter(([name]) => name.startsWith('raw-'))
  return Math.min(...raw.map(([, { cpuMicros }]) => cpuMicros))
}
