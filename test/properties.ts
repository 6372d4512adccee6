// `npm run properties -- --runs 10 --seed 42`: the tests of properties, tried so many times as often as `npm test` tries
// them, and from a seed that an earlier failure printed.
import { parseArgs } from 'node:util'
import { startVitest } from 'vitest/node'

const { values } = parseArgs({ options: { runs: { type: 'string', default: '10' }, seed: { type: 'string' } } })
const factor = Number(values.runs)
if (!(factor > 0)) throw new Error('--runs takes a number above 0.')
const seed = values.seed === undefined ? undefined : Number(values.seed)
const vitest = await startVitest('test', ['properties'], { watch: false, provide: { properties: { factor, seed } } })
await vitest.close()
