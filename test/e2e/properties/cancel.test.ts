// Cancelling at any moment: from then on nothing leaves, and everybody whom the message has not reached ends as cancelled.
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

/** Either while that many sends have begun, or when everything has come to rest that often. */
interface Moment {
  readonly after: 'sends' | 'rests'
  readonly count: number
}
const moments: fc.Arbitrary<Moment> = fc.record({
  after: fc.constantFrom('sends', 'rests'),
  count: fc.integer({ min: 0, max: 14 }),
})

type Told = 'cancelled in time' | 'was over'

async function deliverAndCancel(plan: Plan, workers: number, moment: Moment): Promise<Told> {
  await using campaign = await beginCampaign(ground, plan)
  const { stage, service } = campaign
  for (let worker = 0; worker < workers; worker++) await stage.startWorker()
  await campaign.publish()
  const [id = ''] = campaign.ids
  let cancelling: Promise<void> | undefined
  let sentWhenTold: number | undefined
  const cancel = () => {
    cancelling ??= stage.cancel(id).then(() => {
      sentWhenTold = service.sent.length
    })
  }
  service.onSend = () => {
    if (moment.after === 'sends' && service.sent.length >= moment.count) cancel()
  }
  let rests = 0
  await stage.play(async () => {
    await cancelling
    await campaign.observe()
    if (moment.after === 'rests' && rests++ === moment.count) cancel()
    await cancelling
  })
  await cancelling
  const [standing] = await campaign.observe()
  const message = plan.messages[0]
  if (!message || !standing) throw new Error('there is no message')
  expect(standing).toMatchObject({ isSettled: true, rows: standing.audienceSize })
  if (standing.state !== 'cancelled') {
    expect(standing).toMatchObject({ state: 'settled', rows: reachOf(plan, message).length })
    return 'was over'
  }
  expect(service.sent.length).toBe(sentWhenTold)
  for (const [place, device] of campaign.devices.entries()) {
    const made = campaign.sendsOf(0, place).length
    const result = standing.results.get(device)
    const { outcome, sends } = endingOf(message.scripts[place] ?? [])
    if (result) expect(result.outcome).toBe(made === sends ? outcome : 'cancelled')
    else expect(made).toBe(0)
  }
  return 'cancelled in time'
}

test(
  'after a cancellation is told no send begins, and what had not left ends as cancelled',
  async () => {
    let inTime = 0
    await fc.assert(
      fc.asyncProperty(plans({}), fc.integer({ min: 1, max: 2 }), moments, async (plan, workers, moment) => {
        if ((await deliverAndCancel(plan, workers, moment)) === 'cancelled in time') inTime++
      }),
      runs(10),
    )
    expect(inTime).toBeGreaterThan(0)
  },
  PATIENCE_MS,
)
