import { expect, test } from 'vitest'
import type { JobRun } from '../../../src/delivery/job-run.ts'
import type { OpenSend } from '../../../src/delivery/lane.ts'
import { createLanes } from '../../../src/delivery/lanes.ts'
import type { Answer } from '../../../src/delivery/retry-policy.ts'
import type { Task } from '../../../src/delivery/task.ts'
import { TransportError } from '../../../src/model/push-error.ts'
import { type Logger, silentLogger } from '../../../src/util/logger.ts'
import { scriptedPush } from '../../kit/engine.ts'
import { createManualClock } from '../../kit/manual-clock.ts'
import { recordingLogger } from '../../kit/recording-logger.ts'

const RUN: JobRun = { done: () => undefined, abandon: () => undefined }
const ACCEPTED: Answer = { kind: 'accepted', providerId: 'p' }

function taskOf({ isPart }: { isPart: boolean }): Task {
  return {
    claim: {
      id: 'claim',
      retryCount: 0,
      job: {
        kind: 'slice',
        app: 'default',
        messageId: 'm',
        releasedOn: '',
        devices: [],
        isPart,
        attempts: 0,
        unknowns: 0,
      },
    },
    app: 'default',
    transport: 'fcm',
    address: 'address',
    addressSince: undefined,
    content: { data: {} },
    messageId: 'm',
    state: { progress: { attempts: 0, unknowns: 0 }, expiresAt: 0, singleTry: false },
    subject: { kind: 'notice' },
  }
}

const BULK = taskOf({ isPart: true })
const URGENT = taskOf({ isPart: false })

function setUp({
  maxInFlight = 10,
  rampUpMs = 0,
  logger = silentLogger,
}: {
  maxInFlight?: number
  rampUpMs?: number
  logger?: Logger
} = {}) {
  const clock = createManualClock()
  const stopping = new AbortController()
  const departed: OpenSend[] = []
  const own = { maxInFlight, rampUpMs }
  const lanes = createLanes({
    clock,
    logger,
    stopping: stopping.signal,
    transportOf: () => scriptedPush('fcm', own).transport,
    depart: (send) => void departed.push(send),
  })
  const lane = lanes.of('default', 'fcm')
  const add = (task: Task, count: number) => {
    for (let n = 0; n < count; n++) lane.add(task, RUN)
  }
  const end = (send: OpenSend | undefined, answer: Answer = ACCEPTED) => send && lane.ended(send, answer)
  return { clock, stopping, departed, lanes, lane, own, add, end }
}

test('as many depart as the transport allows; when one ends the next goes, urgent ones first', () => {
  const { departed, add, end } = setUp({ maxInFlight: 2 })
  add(BULK, 4)
  expect(departed).toHaveLength(2)
  add(URGENT, 1)
  end(departed[0])
  expect(departed[2]?.task).toBe(URGENT)
})

test('a push service that asks to wait gets half as many at once', async () => {
  const { clock, departed, add, end } = setUp({ maxInFlight: 10 })
  add(BULK, 100)
  await clock.advance(50)
  for (const send of departed.slice(0, 10)) end(send, { kind: 'deferred', scope: 'sender', reason: 'busy' })
  expect(departed).toHaveLength(15)
})

test('a lowered ceiling is told once a minute, and otherwise to whoever debugs', async () => {
  const logger = recordingLogger()
  const { clock, departed, add, end } = setUp({ maxInFlight: 100, logger })
  add(BULK, 1000)
  const lost = new TransportError('PUSH_TRANSPORT_UNANSWERED', { detail: '' })
  for (let round = 0; round < 3; round++) {
    await clock.advance(1_000)
    for (const send of departed.splice(0)) end(send, lost)
  }
  expect(logger.lines).toEqual([
    expect.stringMatching(/^info The push service does not keep up.*"inFlight":50/),
    expect.stringMatching(/^debug .*"inFlight":25/),
    expect.stringMatching(/^debug .*"inFlight":12/),
  ])
})

test('slices wait for the ramp; a single message does not', async () => {
  const { clock, departed, add, end } = setUp({ maxInFlight: 1_000, rampUpMs: 60_000 })
  add(BULK, 500)
  // Their places are free again: only the ramp is in the way of the others.
  for (const send of departed.slice()) end(send)
  expect(departed).toHaveLength(100)
  add(URGENT, 1)
  expect(departed.at(-1)?.task).toBe(URGENT)
  await clock.advance(100)
  expect(departed.length).toBeGreaterThan(195)
  expect(departed.length).toBeLessThan(205)
})

test('once the process stops, nothing waits for the ramp', async () => {
  const { clock, stopping, departed, add, end } = setUp({ maxInFlight: 1_000, rampUpMs: 60_000 })
  add(BULK, 500)
  stopping.abort()
  await clock.advance(100)
  // As many as may be on their way leave places for the rest.
  for (let n = 0; n < departed.length; n++) end(departed[n])
  expect(departed).toHaveLength(500)
})

test('another transport owes nothing to the sends through the old one', () => {
  const { departed, lanes, own, add, end } = setUp({ maxInFlight: 3 })
  add(BULK, 10)
  own.maxInFlight = 2
  lanes.renew([{ app: 'default', name: 'fcm' }])
  expect(departed).toHaveLength(5)
  end(departed[0])
  expect(departed).toHaveLength(5)
  end(departed[3])
  expect(departed).toHaveLength(6)
})

test('sends that end as soon as they depart, however many, are no trouble', () => {
  const clock = createManualClock()
  let ended = 0
  const lanes = createLanes({
    clock,
    logger: silentLogger,
    stopping: new AbortController().signal,
    transportOf: () => scriptedPush('fcm', { maxInFlight: 1 }).transport,
    depart(send, lane) {
      ended++
      // The first one waits until all others have come.
      if (ended > 1) lane.ended(send, undefined)
      else first = send
    },
  })
  let first: OpenSend | undefined
  const lane = lanes.of('default', 'fcm')
  for (let n = 0; n < 100_000; n++) lane.add(BULK, RUN)
  if (first) lane.ended(first, undefined)
  expect(ended).toBe(100_000)
})
