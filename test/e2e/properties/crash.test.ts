// Processes that die at any moment, between any two statements, commits and sends: others finish what they began.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PATIENCE_MS, runs } from '../../kit/runs.ts'
import { createVirtualDatabase, type VirtualDatabase } from '../../kit/virtual-database.ts'
import { endingOf } from './answers.ts'
import { beginCampaign, type Plan, plans, reachOf } from './campaign.ts'

let ground: VirtualDatabase
beforeAll(async () => {
  ground = await createVirtualDatabase()
})
afterAll(() => ground[Symbol.asyncDispose]())

/** The number of a process's last step, for each of those that come one after the other. */
const deaths = fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 4 })

async function deliverDying(plan: Plan, lives: readonly number[], together: boolean): Promise<number> {
  await using campaign = await beginCampaign(ground, plan)
  const waiting = [...lives]
  // The last one lives.
  const next = () => campaign.stage.startWorker({ diesAt: waiting.shift() })
  let worker = await next()
  if (together) await campaign.stage.startWorker()
  await campaign.publish()
  await campaign.stage.play(async () => {
    await campaign.observe()
    if (worker.isDead) worker = await next()
  })
  const standings = await campaign.observe()
  for (const [index, message] of plan.messages.entries()) {
    const standing = standings[index]
    const reach = reachOf(plan, message)
    expect(standing).toMatchObject({
      state: 'settled',
      isSettled: true,
      audienceSize: reach.length,
      rows: reach.length,
    })
    for (const place of reach) {
      const script = message.scripts[place] ?? []
      const { outcome, sends } = endingOf(script)
      const made = campaign.sendsOf(index, place)
      // What was cut off is made again, and then gets the answer to a repeat.
      const cut = made.filter(({ by }) => by.isDead).length
      expect(made.length).toBeGreaterThanOrEqual(sends)
      expect(made.length).toBeLessThanOrEqual(sends + cut)
      if (cut === 0) expect(standing?.results.get(campaign.devices[place] ?? '')?.outcome).toBe(outcome)
    }
  }
  return lives.length - waiting.length
}

test(
  'each device has one result in the end, and only what died unrecorded is sent again',
  async () => {
    let died = 0
    await fc.assert(
      fc.asyncProperty(plans({ maxDevices: 14 }), deaths, fc.boolean(), async (plan, lives, together) => {
        died += await deliverDying(plan, lives, together)
      }),
      runs(10),
    )
    expect(died).toBeGreaterThan(0)
  },
  PATIENCE_MS,
)
