// Whom each kind of audience finds in the database, page by page, against a model that looks at one device after another.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../../src/database/open-database.ts'
import type { Database } from '../../../src/database/tx.ts'
import type { Audience } from '../../../src/model/audience.ts'
import { findKnown } from '../../../src/publishing/known-audience.ts'
import { BEFORE_ALL, countAudiencePage, pageAudience } from '../../../src/store/audiences.ts'
import { asStored } from '../../../src/store/stored-json.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { audiencesOf, membersOf, type Population, populations, settlePopulation } from '../../kit/population.ts'
import { createTestDatabase, type TestDatabase } from '../../kit/postgres.ts'
import { PATIENCE_MS, runs } from '../../kit/runs.ts'

let own: TestDatabase
let database: Database
beforeAll(async () => {
  own = await createTestDatabase()
  database = await openDatabase({ database: own.url, logger: silentLogger, clock: systemClock })
})
afterAll(async () => {
  await database.close()
  await own.dispose()
})

interface Found {
  readonly reached: string[]
  readonly unreachable: number
  readonly pages: number
}

async function find(app: string, audience: Audience, limit: number): Promise<Found> {
  const stored = asStored(await findKnown(database, app, audience))
  const reached: string[] = []
  let unreachable = 0
  let pages = 0
  for (let after: string | undefined = BEFORE_ALL; after !== undefined; pages++) {
    const page = await pageAudience(database, stored, { app, after, limit }, false)
    const counted = await countAudiencePage(database, stored, { app, after, limit })
    expect(counted).toMatchObject({
      next: page.next,
      groups: page.groups.map(({ transport, devices, unreachable }) => ({
        transport,
        reachable: devices.length,
        unreachable,
      })),
    })
    reached.push(...page.groups.flatMap(({ devices }) => devices))
    unreachable += page.groups.reduce((sum, group) => sum + group.unreachable, 0)
    after = page.next
  }
  return { reached, unreachable, pages }
}

const cases = populations(24).chain((population) =>
  fc.record({
    population: fc.constant(population),
    audiences: fc.array(audiencesOf(population), { minLength: 1, maxLength: 8 }),
    limit: fc.integer({ min: 1, max: 30 }),
  }),
)

let apps = 0
test(
  'an audience is exactly the devices that the model finds, each once, whatever the size of a page',
  async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ population, audiences, limit }) => {
        const app = `app-${++apps}`
        const ids = await settlePopulation({ database, clock: systemClock, app }, population)
        // Somebody else's devices, groups and channel of the same names.
        await settlePopulation({ database, clock: systemClock, app: `${app}-other` }, population)
        for (const audience of audiences) {
          const found = await find(app, audience, limit)
          const { reached, unreachable } = expected(population, audience)
          expect({ ...found, reached: [...found.reached].sort() }).toMatchObject({
            reached: reached.map((place) => ids[place]).sort(),
            unreachable,
          })
          expect(found.pages).toBeLessThanOrEqual(Math.floor(population.devices.length / limit) + 1)
        }
      }),
      runs(30),
    )
  },
  PATIENCE_MS,
)

function expected(population: Population, audience: Audience): { reached: number[]; unreachable: number } {
  const members = membersOf(population, audience)
  const reached = members.filter((place) => population.devices[place]?.standing === 'live')
  return { reached, unreachable: members.length - reached.length }
}
