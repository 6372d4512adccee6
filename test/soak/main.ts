// `npm run soak -- --rounds N`: crashes at random moments, and what became of every accepted message.
import { parseArgs } from 'node:util'
import { runCrashRounds } from './crash-rounds.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '20' } } })
const rounds = Number(values.rounds)
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error(`--rounds is ${values.rounds}; it must be a whole number from 1.`)
  process.exit(2)
}
const report = await runCrashRounds({
  rounds,
  onRound: (round, victim, accepted) => console.log(`round ${round}/${rounds}: killed ${victim}; ${accepted} accepted`),
})
const { rounds: kills, surprises, ...figures } = report
console.log(`kills: serve ${kills.serve}, postgres ${kills.postgres}, both ${kills.both}`)
for (const [name, figure] of Object.entries(figures)) console.log(`${name}: ${figure}`)
for (const surprise of surprises) console.log(`surprise: ${surprise}`)
const failed = report.lost + report.registrationsLost + report.doubledNotInFlight + surprises.length > 0
console.log(failed ? 'FAILED' : 'nothing was lost; only sends in flight were doubled')
process.exitCode = failed ? 1 : 0
