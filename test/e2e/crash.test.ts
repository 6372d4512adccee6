// Nothing accepted is lost, whatever is killed; `npm run soak` does more of this.
import { expect, test } from 'vitest'
import { runCrashRounds } from '../soak/crash-rounds.ts'

test('after each kind of crash every accepted message arrives, and only sends in flight are doubled', async () => {
  const report = await runCrashRounds({ rounds: 3 })
  expect(report.accepted).toBeGreaterThan(0)
  expect(report).toMatchObject({ lost: 0, registrationsLost: 0, doubledNotInFlight: 0, surprises: [] })
}, 240_000)
