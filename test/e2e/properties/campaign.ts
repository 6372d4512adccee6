// Messages to random devices through push services that answer at random, and what must be true of them at every moment
// of rest, whatever happens to the processes.
import fc from 'fast-check'
import { expect } from 'vitest'
import { TRANSPORT_NAMES } from '../../../src/model/address.ts'
import type { Audience } from '../../../src/model/audience.ts'
import type { MessageState } from '../../../src/model/message.ts'
import type { FanOutSizes } from '../../../src/publishing/fan-out.ts'
import {
  addressOf,
  audiencesOf,
  deviceIdOf,
  membersOf,
  type Population,
  populations,
  settlePopulation,
} from '../../kit/population.ts'
import { type Answer, createScriptedService, isFinal, type ScriptedService } from '../../kit/scripted-service.ts'
import type { VirtualDatabase } from '../../kit/virtual-database.ts'
import { scripts } from './answers.ts'
import { createStage, type NewMessage, type Stage, type Standing } from './stage.ts'

export interface PlannedMessage {
  readonly to: Audience | { readonly place: number }
  readonly ttl: number
  /** What the push service answers for each device, by its place. */
  readonly scripts: ReadonlyArray<readonly Answer[]>
}

export interface Plan {
  readonly population: Population
  readonly messages: readonly PlannedMessage[]
  readonly sizes: FanOutSizes
  readonly maxInFlight: number
}

export interface PlanInput {
  readonly maxDevices?: number
  readonly maxMessages?: number
  readonly ttl?: fc.Arbitrary<number>
  readonly script?: fc.Arbitrary<readonly Answer[]>
}

/** So long that nothing of a test expires. */
export const LONG_TTL = 2_419_200

const sizes: fc.Arbitrary<FanOutSizes> = fc.record({
  page: fc.integer({ min: 1, max: 12 }),
  slice: fc.integer({ min: 1, max: 8 }),
  maxOpenSlices: fc.integer({ min: 1, max: 6 }),
  pagesATurn: fc.integer({ min: 1, max: 3 }),
})

export function plans({
  maxDevices = 20,
  maxMessages = 1,
  ttl = fc.constant(LONG_TTL),
  script = scripts,
}: PlanInput): fc.Arbitrary<Plan> {
  return populations(maxDevices).chain((population) => {
    const { length } = population.devices
    const message = fc.record({
      to: audiencesOf(population),
      ttl,
      scripts: fc.array(script, { minLength: length, maxLength: length }),
    })
    return fc.record({
      population: fc.constant(population),
      messages: fc.array(message, { minLength: 1, maxLength: maxMessages }),
      sizes,
      maxInFlight: fc.integer({ min: 1, max: 6 }),
    })
  })
}

export interface Campaign extends AsyncDisposable {
  readonly app: string
  readonly stage: Stage
  readonly service: ScriptedService
  /** Row ids of the devices. */
  readonly devices: readonly string[]
  /** Ids of the messages that were published. */
  readonly ids: readonly string[]
  publish(): Promise<void>
  /** Compares what there is now with what there was before; answers how the messages stand. */
  observe(): Promise<Standing[]>
  /** Sends of a message to a device, both by their place. */
  sendsOf(message: number, place: number): ScriptedService['sent']
}

const BACKOFF = { baseMs: 1_000, capMs: 60_000 }
let campaigns = 0

export async function beginCampaign(ground: VirtualDatabase, plan: Plan): Promise<Campaign> {
  const app = `app-${++campaigns}`
  const service = createScriptedService({
    transports: TRANSPORT_NAMES,
    script: (message, address) => plan.messages[Number(message)]?.scripts[Number(address.split('-').at(-1))] ?? [],
    maxInFlight: plan.maxInFlight,
    backoff: BACKOFF,
  })
  const stage = createStage({ ground, app, service, transports: TRANSPORT_NAMES, sizes: plan.sizes })
  const devices = await settlePopulation({ ...ground, clock: ground.time, app }, plan.population)
  const ids: string[] = []
  const watch = createWatch({ plan, devices, app, service })
  return {
    ...{ app, stage, service, devices, ids },
    async publish() {
      for (const [index, message] of plan.messages.entries()) ids.push(await stage.publish(toNew(index, message)))
    },
    async observe() {
      const standings = await stage.look(ids)
      standings.sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id))
      watch.check(standings)
      return standings
    },
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
    sendsOf: (message, place) =>
      service.sent.filter((send) => send.message === `${message}` && send.address === addressOf(app, place)),
  }
}

function toNew(index: number, { to, ttl }: PlannedMessage): NewMessage {
  const addressee = 'place' in to ? { deviceId: deviceIdOf(to.place) } : { audience: to }
  return { name: `${index}`, to: addressee, ttl }
}

/** The places of the devices that a message is for and that can be reached when nothing has been sent. */
export function reachOf({ population }: Plan, { to }: PlannedMessage): number[] {
  if ('place' in to) return [to.place]
  return membersOf(population, to).filter((place) => population.devices[place]?.standing === 'live')
}

const RANK: Readonly<Record<MessageState, number>> = {
  scheduled: 0,
  'fanning-out': 0,
  pending: 1,
  settled: 2,
  cancelled: 2,
}

interface Watched {
  readonly plan: Plan
  readonly devices: readonly string[]
  readonly app: string
  readonly service: ScriptedService
}

/** What holds between any two moments, with crashes and without. */
function createWatch({ plan, devices, app, service }: Watched) {
  let before: readonly Standing[] = []
  let seen = 0
  const placeOf = (address: string) => Number(address.slice(addressOf(app, 0).length - 1))

  function checkSends(): void {
    for (const { message, address } of service.sent.slice(seen)) {
      const recorded = before[Number(message)]?.results.get(devices[placeOf(address)] ?? '')
      expect(recorded, `message ${message} was sent to ${address} again after its result was recorded`).toBeUndefined()
    }
    seen = service.sent.length
    // A repeat after a verdict: only where whoever heard the verdict died of it.
    const judged = new Map<string, (typeof service.sent)[number]>()
    for (const send of service.sent) {
      const key = `${send.message} ${send.address}`
      const known = judged.get(key)
      expect(known === undefined || known.by.isDead, `${key} was sent again after ${known?.answer.kind}`).toBe(true)
      if (isFinal(send.answer)) judged.set(key, send)
    }
  }

  function checkStanding(standing: Standing, index: number): void {
    const { results, counts, rows, state, audienceSize, isSettled } = standing
    const was = before[index]
    for (const [device, result] of was?.results ?? []) expect(results.get(device)).toEqual(result)
    expect(rows).toBe(results.size)
    const sum = Object.values(counts).reduce((total, count) => total + count, 0)
    expect(sum).toBe(rows)
    for (const [outcome, count] of Object.entries(counts)) {
      expect([...results.values()].filter((result) => result.outcome === outcome)).toHaveLength(count)
    }
    expect(isSettled).toBe(audienceSize !== undefined && rows === audienceSize)
    if (!was) return
    expect(RANK[state]).toBeGreaterThanOrEqual(RANK[was.state])
    if (was.state === 'settled' || was.state === 'cancelled') expect(state).toBe(was.state)
    if (was.audienceSize !== undefined) expect(audienceSize).toBe(was.audienceSize)
    expect(standing.skipped).toBeGreaterThanOrEqual(was.skipped)
    const reach = new Set(reachOf(plan, plan.messages[index] as PlannedMessage).map((place) => devices[place]))
    expect([...results.keys()].filter((device) => !reach.has(device))).toEqual([])
  }

  return {
    check(standings: readonly Standing[]): void {
      checkSends()
      for (const [index, standing] of standings.entries()) checkStanding(standing, index)
      before = standings
    },
  }
}
