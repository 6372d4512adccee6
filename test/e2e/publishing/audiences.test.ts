// Messages to an audience: who gets them, who is skipped, and what is told of them.
import { afterEach, describe, expect, test } from 'vitest'
import type { VirtualDevice } from '../../../src/emulator/create-emulator.ts'
import type { Audience } from '../../../src/model/audience.ts'
import { type CoreKit, type CoreOptions, createCoreKit } from '../../kit/core.ts'
import { manyDevices } from '../../kit/many-devices.ts'
import { query } from '../../kit/query.ts'

let kit: CoreKit
afterEach(() => kit[Symbol.asyncDispose]())

async function begin(count: number, options?: CoreOptions): Promise<ReadonlyMap<string, VirtualDevice>> {
  kit = await createCoreKit(options)
  return await manyDevices(kit, count)
}

async function publish(audience: Audience, data: Record<string, string> = { news: 'spring' }) {
  const { id } = await kit.core.messages.publish({ app: 'default', audience, content: { data } })
  return await kit.core.messages.settled(id, { timeout: 60_000 })
}

function reached(devices: ReadonlyMap<string, VirtualDevice>): string[] {
  return [...devices].flatMap(([deviceId, { inbox }]) => inbox.map(() => deviceId))
}

const set = (assignment: string, where: string) =>
  query(kit.url, `UPDATE sendword.device SET ${assignment} WHERE ${where}`)

test('everyone gets it once; failed and pending devices are skipped and counted', async () => {
  const devices = await begin(2_300)
  await set(`failed_at = now(), failed_reason = 'NotRegistered'`, `device_id < 'device-00100'`)
  await set(`state = 'pending', address = NULL, address_hash = NULL`, `device_id >= 'device-02290'`)
  const settled = await publish({ everyone: true })
  expect(settled).toMatchObject({ audienceSize: 2_190, skipped: 110, counts: { accepted: 2_190 } })
  expect(settled.single).toBeUndefined()
  expect(reached(devices)).toEqual([...devices.keys()].slice(100, 2_290))
  const view = await kit.core.messages.view('default', settled.id)
  expect(view).toMatchObject({
    state: 'settled',
    audience: { everyone: true },
    audienceSize: 2_190,
    deviceId: undefined,
  })
})

test('devices that are named get it, those that are not known are left out', async () => {
  const devices = await begin(10)
  const settled = await publish({ devices: ['device-00003', 'device-00007', 'device-00003', 'nobody-there'] })
  expect(settled).toMatchObject({ audienceSize: 2, skipped: 0, counts: { accepted: 2 } })
  expect(reached(devices)).toEqual(['device-00003', 'device-00007'])
})

test('an audience of nobody settles at once, with nothing', async () => {
  await begin(3)
  expect(await publish({ user: 'ann' })).toMatchObject({ audienceSize: 0, counts: { accepted: 0 } })
})

test('the devices of users get it', async () => {
  const devices = await begin(10)
  await set(`user_id = 'ann'`, `device_id IN ('device-00001', 'device-00002')`)
  await set(`user_id = 'bob'`, `device_id = 'device-00005'`)
  await publish({ user: 'ann' })
  expect(reached(devices)).toEqual(['device-00001', 'device-00002'])
  await publish({ users: ['bob', 'carol'] })
  expect(reached(devices)).toEqual(['device-00001', 'device-00002', 'device-00005'])
})

test('other apps’ devices get nothing', async () => {
  const devices = await begin(4)
  await set(`app = 'other'`, `device_id < 'device-00002'`)
  await publish({ everyone: true })
  expect(reached(devices)).toEqual(['device-00002', 'device-00003'])
})

describe('a filter', () => {
  const day = (text: string) => new Date(`${text}T00:00:00Z`)

  test.each<[string, Audience & { where: object }, string[]]>([
    ['by a locale and what is part of it', { where: { locale: 'pt' } }, ['device-00001', 'device-00002']],
    ['by a locale alone', { where: { locale: 'PT-br' } }, ['device-00002']],
    ['by a locale that another one only begins with', { where: { locale: 'p' } }, []],
    ['by time zone', { where: { timeZone: 'Europe/Lisbon' } }, ['device-00001']],
    ['by app version', { where: { appVersion: '2.0' } }, ['device-00003']],
    ['by all of the labels', { where: { labels: { plan: 'pro', beta: 'yes' } } }, ['device-00002']],
    ['by push service', { where: { transport: 'c2dm', locale: 'pt-BR' } }, ['device-00002']],
    ['from a time on', { where: { lastSeenAfter: day('2026-02-01'), labels: { plan: 'pro' } } }, ['device-00002']],
    ['before a time', { where: { lastSeenBefore: day('2026-02-01') } }, ['device-00001']],
    [
      'by when they were made',
      { where: { createdAfter: day('2020-01-01'), createdBefore: day('2020-01-02') } },
      ['device-00003'],
    ],
  ])('%s', async (_, audience, expected) => {
    await begin(5)
    await set(
      `locale = 'pt', time_zone = 'Europe/Lisbon', labels = '{"plan": "pro"}', last_seen_at = '2026-01-31'`,
      `device_id = 'device-00001'`,
    )
    await set(
      `locale = 'pt-BR', labels = '{"plan": "pro", "beta": "yes"}', last_seen_at = '2026-02-01'`,
      `device_id = 'device-00002'`,
    )
    await set(`locale = 'ptx', app_version = '2.0', created_at = '2020-01-01'`, `device_id = 'device-00003'`)
    const count = await kit.core.messages.count({ app: 'default', audience })
    expect(count).toMatchObject({ devices: expected.length, unreachable: 0, complete: true })
    const { audienceSize, id } = await publish(audience)
    expect(audienceSize).toBe(expected.length)
    const got = await query<{ deviceId: string }>(
      kit.url,
      `SELECT d.device_id AS "deviceId" FROM sendword.delivery AS r JOIN sendword.device AS d ON d.id = r.device
        WHERE r.message_id = $1 ORDER BY 1`,
      [id],
    )
    expect(got.map(({ deviceId }) => deviceId)).toEqual(expected)
  })
})

test('a message too big for a push service of the app is refused, unless its devices are to be left out', async () => {
  await begin(2)
  const serviceAccount = { ...kit.emulator.credentials.fcm.serviceAccount }
  const core = await kit.open({ app: { fcm: { ...kit.emulator.services.fcm, serviceAccount, ca: kit.emulator.ca } } })
  const submission = {
    app: 'default',
    audience: { everyone: true },
    content: { data: { text: 'x'.repeat(2_000) } },
  } as const
  await expect(core.messages.publish(submission)).rejects.toMatchObject({
    code: 'PUSH_MESSAGE_TOO_BIG',
    cure: expect.stringContaining('skipUnfit'),
  })
  const { id } = await core.messages.publish({ ...submission, skipUnfit: true })
  expect(await kit.core.messages.settled(id, { timeout: 30_000 })).toMatchObject({ audienceSize: 0, skipped: 2 })
})
