// Users, groups and channels as the library offers them; a channel that is published in a transaction of the caller's.
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSendword, type Sendword } from '../../../src/index.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { type CoreKit, confirmedDevice, createCoreKit, emulatedC2dm, TEST_SECRET } from '../../kit/core.ts'

let kit: CoreKit
let sendword: Sendword
beforeAll(async () => {
  kit = await createCoreKit({ options: { workers: false } })
  const apps = { default: { c2dm: emulatedC2dm(kit.emulator) } }
  sendword = await createSendword({ database: kit.url, secret: TEST_SECRET, apps }, { logger: silentLogger })
})
afterAll(async () => {
  await sendword.close()
  await kit[Symbol.asyncDispose]()
})

test('a channel reaches the devices of a user and of a group', async () => {
  const phone = await confirmedDevice(kit, 'library-phone')
  const tablet = await confirmedDevice(kit, 'library-tablet')
  await sendword.users.put('ada', { locale: 'pt-BR' })
  await sendword.users.bind('ada', 'library-phone')
  await sendword.groups.put('staff')
  expect(await sendword.groups.add('staff', { devices: ['library-tablet'] })).toEqual({ added: 1, unknown: [] })
  await sendword.channels.put('news', { fields: { title: 'One' } })
  await sendword.channels.subscribe('news', { users: ['ada'], groups: ['staff'] })
  const settled = await (await sendword.channels.publish('news', { ttl: 60 })).settled({ timeout: 25_000 })
  expect(settled).toMatchObject({ audienceSize: 2, counts: { accepted: 2 } })
  for (const device of [phone, tablet]) await device.nextMessage({ where: ({ data }) => data.title === 'One' })
  expect(await sendword.users.devices('ada')).toMatchObject([{ deviceId: 'library-phone' }])
  expect(await sendword.channels.get('news')).toMatchObject({
    groups: ['staff'],
    users: 1,
    lastPublished: { messageId: settled.id },
  })
  const [first] = await sendword.channels.devices('news', { limit: 1 })
  expect(first).toMatchObject({ deviceId: 'library-phone', direct: false, state: 'accepted' })
})

test('a channel that is published in a transaction is sent if that commits, and never otherwise', async () => {
  await sendword.channels.put('tx', { fields: { n: '1' } })
  await sendword.channels.subscribe('tx', { devices: ['library-phone'] })
  const client = new pg.Client({ connectionString: kit.url })
  await client.connect()
  try {
    await client.query('BEGIN')
    const lost = await sendword.channels.publish('tx', { tx: client })
    await client.query('ROLLBACK')
    await expect(lost.settled()).rejects.toMatchObject({ code: 'PUSH_MESSAGE_UNKNOWN' })
    expect((await sendword.channels.get('tx')).lastPublished).toBeUndefined()
    await client.query('BEGIN')
    const kept = await sendword.channels.publish('tx', { tx: client })
    await client.query('COMMIT')
    expect(await kept.settled({ timeout: 25_000 })).toMatchObject({ counts: { accepted: 1 } })
    expect((await sendword.channels.get('tx')).lastPublished?.messageId).toBe(kept.id)
  } finally {
    await client.end()
  }
})
