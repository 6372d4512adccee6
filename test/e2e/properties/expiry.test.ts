// Short lives, long waits and jumps of the clock: nothing is sent once its time is over.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PATIENCE_MS, runs } from '../../kit/runs.ts'
import { isFinal } from '../../kit/scripted-service.ts'
import { createVirtualDatabase, type VirtualDatabase } from '../../kit/virtual-database.ts'
import { endingOf, scripts, unfinishedScripts } from './answers.ts'
import { beginCampaign, type Plan, plans, reachOf } from './campaign.ts'

let ground: VirtualDatabase
beforeAll(async () => {
  ground = await createVirtualDatabase()
})
afterAll(() => ground[Symbol.asyncDispose]())

const ttl = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 60 }), fc.integer({ min: 61, max: 1_200 }))
// A device that one message finds dead gets no other one: here none is.
const script = fc
  .oneof(scripts, unfinishedScripts)
  .filter((answers) => !answers.some(({ kind }) => kind === 'unregistered'))
/** Milliseconds that the clock jumps at each moment of rest, as long as there are any. */
const jumps = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 120_000 })), { maxLength: 12 })

async function deliverInTime(plan: Plan, jumpsLeft: number[]): Promise<number> {
  await using campaign = await beginCampaign(ground, plan)
  const acceptedAt = ground.time.now()
  // Some have waited for a process for a while.
  await campaign.publish()
  await ground.jump(jumpsLeft.shift() ?? 0)
  await campaign.stage.startWorker()
  await campaign.stage.play(async () => {
    await campaign.observe()
    const jump = jumpsLeft.shift() ?? 0
    if (jump > 0) await ground.jump(jump)
  })
  const standings = await campaign.observe()
  let expired = 0
  for (const [index, message] of plan.messages.entries()) {
    const standing = standings[index]
    const reach = reachOf(plan, message)
    expect(standing).toMatchObject({ state: 'settled', isSettled: true, rows: reach.length })
    expired += standing?.counts.expired ?? 0
    const expiresAt = acceptedAt + message.ttl * 1_000
    for (const place of reach) {
      const sends = campaign.sendsOf(index, place)
      const outcome = standing?.results.get(campaign.devices[place] ?? '')?.outcome
      const last = sends.at(-1)?.answer
      if (last && isFinal(last)) expect(outcome).toBe(last.kind)
      else if (outcome !== 'expired') {
        expect({ outcome, sends: sends.length }).toEqual({
          outcome: 'rejected',
          sends: endingOf(message.scripts[place] ?? []).sends,
        })
      }
      // A refused credential is no try: the message waits until it is mended.
      if (message.ttl === 0) expect(sends.filter(({ answer }) => answer.kind !== 'unauthorized')).toHaveLength(1)
      else for (const { at } of sends) expect(at).toBeLessThan(expiresAt)
      for (const { at, ttlSeconds = 0 } of sends) {
        expect(ttlSeconds).toBe(message.ttl === 0 ? 0 : Math.floor((expiresAt - at) / 1_000))
      }
    }
  }
  return expired
}

test(
  'no send begins at the end of a message’s life or after it, and one without a life is tried once',
  async () => {
    let expired = 0
    await fc.assert(
      fc.asyncProperty(plans({ maxDevices: 12, maxMessages: 3, ttl, script }), jumps, async (plan, jumpsLeft) => {
        expired += await deliverInTime(plan, [...jumpsLeft])
      }),
      runs(10),
    )
    expect(expired).toBeGreaterThan(0)
  },
  PATIENCE_MS,
)
