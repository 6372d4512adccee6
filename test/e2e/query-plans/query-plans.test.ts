// What is asked of a database that has been in use for long is found by indexes: no statement reads a large table from end
// to end, however often it runs.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { sweepSilence } from '../../../src/app/silence.ts'
import { startUpkeep } from '../../../src/app/upkeep.ts'
import type { Audience } from '../../../src/model/audience.ts'
import { createReceiptTokens } from '../../../src/model/receipt-token.ts'
import { releaseAllDue } from '../../../src/publishing/release.ts'
import { utcDate } from '../../../src/store/deliveries.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { TEST_SECRET } from '../../kit/core.ts'
import { eventually } from '../../kit/query.ts'
import { broadcastOf, deviceIdOf, deviceRowOf, partitionOf } from './large-database.ts'
import { APP, createPlansKit, type PlansKit } from './plans-kit.ts'

let kit: PlansKit
beforeAll(async () => {
  kit = await createPlansKit()
}, 120_000)
afterEach(() => kit.emptyQueue())
afterAll(() => kit[Symbol.asyncDispose]())

/** Runs `work`; its statements reach these tables, and read none of the large ones whole. */
async function expectIndexed(tables: readonly string[], work: () => Promise<unknown>) {
  const found = await kit.plansOf(work)
  expect(found.wholeReads).toEqual([])
  expect([...found.tables]).toEqual(expect.arrayContaining([...tables]))
  return found
}

const content = { data: { a: 'b' } }
const deviceId = deviceIdOf(4711)
const today = (table: 'delivery' | 'receipt') => partitionOf(table, 0)

describe('the registry', () => {
  const register = (deviceId: string, value: string) =>
    kit.core.devices.register({
      ...{ app: APP, deviceId, client: '192.0.2.1', door: 'seed' },
      address: { transport: 'c2dm', value },
    })

  test('the whole handshake of a new device, and of one that changes its address', async () => {
    await using worker = await stoppable()
    const { mostDays } = await expectIndexed(['device', 'registration', 'registration_attempt'], async () => {
      for (const address of ['address-of-a-new-device', 'another-address']) {
        await register('a-new-device', address)
        const confirmationToken = await worker.pushTo(address)
        await kit.core.devices.confirm({ app: APP, deviceId: 'a-new-device', confirmationToken, door: 'seed' })
      }
    })
    expect(mostDays).toBe(0)
  })

  test('an address that is registered again, one that another device holds, and a wrong guess', async () => {
    await expectIndexed(['device', 'registration', 'registration_attempt'], async () => {
      await register(deviceId, `address-${'x'.repeat(120)}4711`)
      await register('one-more-device', `address-${'x'.repeat(120)}4712`)
      const wrong = { app: APP, deviceId: 'one-more-device', confirmationToken: 'x'.repeat(24), door: 'seed' } as const
      await kit.core.devices.confirm(wrong).catch(() => undefined)
    })
  })

  test('looking at a device, listing them, and removing one', async () => {
    await expectIndexed(['device', today('delivery')], async () => {
      await kit.core.devices.view({ app: APP, deviceId })
      await kit.core.devices.list({ app: APP })
      await kit.core.devices.list({ app: APP, after: deviceIdOf(20_000), limit: 1000 })
      await kit.core.devices.remove({ app: APP, deviceId: deviceIdOf(11) })
    })
  })

  test('the devices of a user, and handing one to another', async () => {
    await expectIndexed(['device', 'app_user'], async () => {
      await kit.core.users.devices({ app: APP, userId: 'user-77' })
      await kit.core.users.bind({ app: APP, userId: 'user-78' }, deviceIdOf(771))
      await kit.core.users.remove({ app: APP, userId: 'user-79' })
    })
  })
})

describe('sending', () => {
  test('accepting messages to single devices, also with an idempotency key', async () => {
    await expectIndexed(['device', 'message'], async () => {
      const keyed = { app: APP, deviceId, content, idempotencyKey: 'one-of-many' }
      const many = Array.from({ length: 400 }, (_, n) => ({ app: APP, deviceId: deviceIdOf(n * 10 + 1_001), content }))
      await Promise.all([keyed, ...many].map((submission) => kit.core.messages.submit(submission)))
      await kit.core.messages.submit(keyed)
    })
  })

  test('delivering single messages', async () => {
    await using _worker = await stoppable()
    const { mostDays } = await expectIndexed(['device', today('delivery'), 'message'], async () => {
      const { id } = await kit.core.messages.submit({ app: APP, deviceId, content })
      await kit.core.messages.settled(id, { timeout: 20_000 })
    })
    expect(mostDays).toBe(1)
  })

  test.each<[string, Audience]>([
    ['everyone', { everyone: true }],
    ['devices', { devices: [deviceIdOf(1), deviceIdOf(2)] }],
    ['a user', { user: 'user-5' }],
    ['users', { users: Array.from({ length: 1000 }, (_, n) => `user-${n}`) }],
    ['a group', { group: 'crew' }],
    ['a channel', { channel: 'news' }],
    ['a filter by labels', { where: { labels: { plan: 'pro' } } }],
    [
      'a filter by locale, time zone and version',
      { where: { locale: 'pt', timeZone: 'Europe/Lisbon', appVersion: '1.3' } },
    ],
    ['a filter by times', { where: { lastSeenAfter: new Date(0), createdBefore: new Date() } }],
  ])('finding, and counting, an audience of %s', async (_, audience) => {
    await expectIndexed(['device'], async () => {
      await kit.core.messages.count({ app: APP, audience })
      await kit.fanOut(audience)
    })
  })

  test('slices of an audience, delivered a thousand devices at a time, and the end of the message', async () => {
    await using _worker = await stoppable()
    const { mostDays } = await expectIndexed(['device', today('delivery'), 'message'], async () => {
      const id = await kit.fanOut({ group: 'crew' })
      await kit.core.messages.settled(id, { timeout: 60_000 })
    })
    expect(mostDays).toBe(1)
  })

  test('slices of which every address is dead, until the breaker takes that back', async () => {
    await using _worker = await stoppable()
    kit.engine.push.answer = () => ({ kind: 'unregistered', reason: 'NotRegistered' })
    await expectIndexed(['device', today('delivery'), 'message'], async () => {
      const devices = Array.from({ length: 1_000 }, (_, n) => deviceIdOf(n * 10 + 5))
      await kit.core.messages.settled(await kit.fanOut({ devices }), { timeout: 20_000 })
    })
    expect(kit.engine.events.map(({ type }) => type)).toContain('transport.breaker-opened')
    kit.engine.push.answer = () => ({ kind: 'accepted', providerId: 'p' })
  })

  test('messages whose time has come', async () => {
    const { database, queue } = kit.engine
    const anHourLater = { ...systemClock, now: () => Date.now() + 3_600_000 }
    await expectIndexed(['message'], async () => {
      const sendAt = new Date(Date.now() + 60_000)
      await kit.core.messages.submit({ app: APP, deviceId, content, timing: { sendAt } })
      await releaseAllDue({ database, queue, clock: anHourLater })
    })
  })

  test('cancelling, before and after the end', async () => {
    await expectIndexed(['message'], async () => {
      const id = await kit.fanOut({ devices: [deviceId] })
      await kit.core.messages.cancel(APP, id)
      await kit.core.messages.cancel(APP, broadcastOf(1))
    })
  })
})

describe('the ledger', () => {
  test('pages of a message, filtered too, and its counts', async () => {
    const { mostDays } = await expectIndexed([today('delivery'), today('receipt'), 'device', 'message'], async () => {
      const { next } = await kit.core.ledger.ofMessage({ app: APP, id: broadcastOf(0) })
      await kit.core.ledger.ofMessage({ app: APP, id: broadcastOf(0), after: next, limit: 1000 })
      await kit.core.ledger.ofMessage({ app: APP, id: broadcastOf(0), outcome: 'rejected', reason: 'MessageTooBig' })
    })
    expect(mostDays).toBe(1)
  })

  test('how far a message has got', async () => {
    const { mostDays } = await expectIndexed([today('delivery'), 'message'], async () => {
      const { id } = await kit.core.messages.submit({ app: APP, deviceId, content })
      await kit.core.messages.view(APP, id)
      const stop = new AbortController()
      for await (const _progress of await kit.core.ledger.follow({ app: APP, id }, stop.signal)) stop.abort()
    })
    expect(mostDays).toBe(1)
  })

  test('the history of a device', async () => {
    await expectIndexed([today('delivery'), partitionOf('delivery', 3), 'device'], async () => {
      await kit.core.ledger.ofDevice({ app: APP, deviceId })
    })
  })

  test('the devices that a channel reaches, and how it stands with each', async () => {
    await expectIndexed([today('delivery'), 'device', 'message'], async () => {
      await kit.core.channels.devices({ app: APP, name: 'news' })
    })
  })
})

test('receipts, and their counts', async () => {
  const tokens = createReceiptTokens(TEST_SECRET)
  const message = { app: APP, messageId: broadcastOf(0), releasedOn: utcDate(new Date()) }
  await expectIndexed(['message', today('receipt')], async () => {
    const receipt = tokens.issue({ ...message, device: deviceRowOf(10) })
    await kit.core.receipts.record(APP, [{ receipt, event: 'opened' }])
    await kit.core.receipts.count(message.messageId)
  })
})

test('members of groups and subscribers of channels, who come, are listed, and go', async () => {
  const channel = { app: APP, name: 'news' }
  const group = { app: APP, name: 'crew' }
  const devices = [deviceIdOf(4), deviceIdOf(39_000)]
  await expectIndexed(['device', 'group_device', 'channel_device'], async () => {
    await kit.core.groups.add(group, { devices })
    await kit.core.groups.devices(group, { after: deviceIdOf(7_000) })
    await kit.core.groups.take(group, { devices })
    await kit.core.channels.subscribe(channel, { devices })
    await kit.core.channels.unsubscribe(channel, { devices })
  })
})

describe('upkeep', () => {
  const upkeep = () => {
    const { database } = kit.engine
    const { apps } = kit.core.options
    return { database, clock: systemClock, logger: silentLogger, ledgerDays: 2, apps, raise: () => undefined }
  }

  test('what has expired, what is over, and what is kept no longer', async () => {
    await expectIndexed(['registration_attempt', 'message'], async () => {
      const { apps, ...input } = upkeep()
      await (await startUpkeep({ ...input, apps: () => apps })).stop()
    })
  })

  test('devices that fell silent', async () => {
    await expectIndexed(['device'], async () => {
      await sweepSilence({ ...upkeep(), apps: new Map([[APP, { staleAfterDays: 100 }]]) })
    })
  })
})

/** A worker, and what it pushes; it is stopped at the end of the block. */
async function stoppable() {
  const worker = await kit.engine.startWorker()
  return {
    async pushTo(address: string): Promise<string> {
      const { sends } = kit.engine.push
      const push = await eventually(
        async () => sends.find((send) => send.address === address),
        (send) => send !== undefined,
      )
      return push?.content.data.confirmationToken ?? ''
    },
    [Symbol.asyncDispose]: () => worker.stop(5_000),
  }
}
