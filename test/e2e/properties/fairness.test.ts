// Who goes first, with everything in the way: a single message never waits for more of a broadcast than is on its way.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Population } from '../../kit/population.ts'
import { deviceIdOf } from '../../kit/population.ts'
import { PATIENCE_MS, runs } from '../../kit/runs.ts'
import type { Answer } from '../../kit/scripted-service.ts'
import { createVirtualDatabase, type VirtualDatabase } from '../../kit/virtual-database.ts'
import { beginCampaign, LONG_TTL, type Plan } from './campaign.ts'

let ground: VirtualDatabase
beforeAll(async () => {
  ground = await createVirtualDatabase()
})
afterAll(() => ground[Symbol.asyncDispose]())

const NOBODY: Omit<Population, 'devices'> = { users: [], groups: [], channel: { devices: [], users: [], groups: [] } }
const SINCE = new Date(Date.UTC(2026, 0, 1))

/** Some broadcasts to everybody, whose answers take long, and single messages that come when they are under way. */
const plans = fc.record({
  devices: fc.integer({ min: 8, max: 16 }),
  broadcasts: fc.integer({ min: 1, max: 2 }),
  singles: fc.integer({ min: 1, max: 4 }),
  maxInFlight: fc.integer({ min: 2, max: 5 }),
  slice: fc.integer({ min: 1, max: 8 }),
  page: fc.integer({ min: 2, max: 30 }),
})

/** Longer than until a process looks for jobs, and no two of them the same. */
const answerAfter = (place: number): readonly Answer[] => [
  { kind: 'accepted', providerId: 'p', after: 3_000 + 17 * place },
]

test(
  'once single messages are claimed, they take the places that become free before any other send of a broadcast',
  async () => {
    await fc.assert(
      fc.asyncProperty(plans, async ({ devices, broadcasts, singles, maxInFlight, slice, page }) => {
        const everybody = Array.from({ length: devices }, (_, place) => place)
        const scripts = everybody.map(answerAfter)
        const device = { transport: 'fcm', standing: 'live', labels: {}, createdAt: SINCE, lastSeenAt: SINCE } as const
        const unsaid = { user: undefined, locale: undefined, timeZone: undefined, appVersion: undefined }
        const toAll = { to: { everyone: true } as const, ttl: LONG_TTL, scripts }
        const plan: Plan = {
          population: { ...NOBODY, devices: everybody.map(() => ({ ...device, ...unsaid })) },
          messages: Array.from({ length: broadcasts }, () => toAll),
          sizes: { page, slice, maxOpenSlices: 64, pagesATurn: 4 },
          maxInFlight,
        }
        await using campaign = await beginCampaign(ground, plan)
        const { stage, service } = campaign
        await stage.startWorker()
        await campaign.publish()
        let claimedAt: number | undefined
        let published = false
        await stage.play(async () => {
          if (!published && service.sent.length >= maxInFlight) {
            published = true
            for (let n = 0; n < singles; n++)
              await stage.publish({ name: `single-${n}`, to: { deviceId: deviceIdOf(n) } })
            await ground.rest()
          }
          if (published && claimedAt === undefined && (await ground.claimedUrgent()) === singles)
            claimedAt = service.sent.length
        })
        const begun = service.sent.map(({ message }) => message.startsWith('single'))
        expect(begun.filter(Boolean)).toHaveLength(singles)
        const before = begun.slice(claimedAt)
        // Every place was taken; from then on each one that is free goes to them.
        expect(before.slice(0, singles)).toEqual(Array.from({ length: singles }, () => true))
      }),
      runs(6),
    )
  },
  PATIENCE_MS,
)
