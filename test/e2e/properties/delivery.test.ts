// Without a crash: everybody in an audience gets a message once, and it ends for each as the push service says.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { membersOf } from '../../kit/population.ts'
import { PATIENCE_MS, runs } from '../../kit/runs.ts'
import { createVirtualDatabase, type VirtualDatabase } from '../../kit/virtual-database.ts'
import { endingOf } from './answers.ts'
import { beginCampaign, type Plan, plans, reachOf } from './campaign.ts'

let ground: VirtualDatabase
beforeAll(async () => {
  ground = await createVirtualDatabase()
})
afterAll(() => ground[Symbol.asyncDispose]())

async function deliver(plan: Plan, workers: number): Promise<void> {
  await using campaign = await beginCampaign(ground, plan)
  for (let worker = 0; worker < workers; worker++) await campaign.stage.startWorker()
  await campaign.publish()
  await campaign.stage.play(async () => void (await campaign.observe()))
  const [standing] = await campaign.observe()
  const message = plan.messages[0]
  if (!message || !standing || 'place' in message.to) throw new Error('there is no message')
  const reach = reachOf(plan, message)
  expect(standing).toMatchObject({
    state: 'settled',
    isSettled: true,
    audienceSize: reach.length,
    skipped: membersOf(plan.population, message.to).length - reach.length,
    rows: reach.length,
  })
  for (const place of reach) {
    const { outcome, sends, attempts } = endingOf(message.scripts[place] ?? [])
    expect(standing.results.get(campaign.devices[place] ?? '')).toMatchObject({ outcome, attempts })
    expect(campaign.sendsOf(0, place)).toHaveLength(sends)
  }
  const failed = await ground.database.execute<{ id: string }>(
    'SELECT id FROM sendword.device WHERE app = $1 AND failed_at IS NOT NULL',
    [campaign.app],
  )
  const dead = plan.population.devices.flatMap(({ standing }, place) => {
    const isDead = reach.includes(place) && endingOf(message.scripts[place] ?? []).outcome === 'unregistered'
    return standing === 'failed' || isDead ? (campaign.devices[place] ?? []) : []
  })
  expect(failed.map(({ id }) => id).sort()).toEqual(dead.sort())
}

test(
  'each device of an audience gets a message until its push service has judged it, and one result, in any sizes of pages and jobs',
  async () => {
    await fc.assert(
      fc.asyncProperty(plans({}), fc.integer({ min: 1, max: 3 }), (plan, workers) => deliver(plan, workers)),
      runs(12),
    )
  },
  PATIENCE_MS,
)
