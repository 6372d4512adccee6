// Users: what is known of them, and whose a device is.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CoreKit } from '../../kit/core.ts'
import { createDirectoryKit, makeDevices } from './directory-kit.ts'

let kit: CoreKit
beforeAll(async () => {
  kit = await createDirectoryKit()
})
afterAll(() => kit[Symbol.asyncDispose]())

const user = (userId: string) => ({ app: 'default', userId })

test('what is put takes the place of all that was known', async () => {
  const first = await kit.core.users.put(user('ada'), {
    locale: 'PT-br',
    timeZone: 'Europe/Lisbon',
    labels: { a: '1' },
  })
  expect(first).toMatchObject({ locale: 'pt-BR', timeZone: 'Europe/Lisbon', labels: { a: '1' }, devices: 0 })
  const second = await kit.core.users.put(user('ada'), { labels: { b: '2' } })
  expect(second).toMatchObject({ locale: undefined, timeZone: undefined, labels: { b: '2' } })
  expect(second.createdAt).toEqual(first.createdAt)
  expect(await kit.core.users.view(user('ada'))).toEqual(second)
})

test.each([
  ['an unknown time zone', { timeZone: 'Mars/Olympus' }],
  ['no language', { locale: 'not a language' }],
  ['a long label', { labels: { a: 'x'.repeat(257) } }],
])('%s is refused, as a fault of the request', async (_fact, attributes) => {
  await expect(kit.core.users.put(user('bad'), attributes)).rejects.toMatchObject({ code: 'PUSH_REQUEST_INVALID' })
})

test.each(['', 'x'.repeat(256), 'a\nb', 'a\0b'])('an id like %j is refused', async (userId) => {
  await expect(kit.core.users.put(user(userId), {})).rejects.toMatchObject({ code: 'PUSH_REQUEST_INVALID' })
  await expect(kit.core.users.view(user(userId))).rejects.toMatchObject({ code: 'PUSH_REQUEST_INVALID' })
})

test('a device is one user’s at a time: bound to another, it leaves the first', async () => {
  const [phone = ''] = await makeDevices(kit, 'handed-over', 1)
  await kit.core.users.bind(user('first'), phone)
  await kit.core.users.bind(user('first'), phone)
  expect(await kit.core.users.view(user('first'))).toMatchObject({ devices: 1, createdAt: undefined })
  await kit.core.users.bind(user('second'), phone)
  expect(await kit.core.users.devices(user('first'))).toEqual([])
  expect(await kit.core.users.devices(user('second'))).toMatchObject([{ deviceId: phone, userId: 'second' }])
  await expect(kit.core.users.view(user('first'))).rejects.toMatchObject({ code: 'PUSH_USER_UNKNOWN' })
  await expect(kit.core.users.unbind(user('first'), phone)).rejects.toMatchObject({ code: 'PUSH_DEVICE_UNKNOWN' })
  await kit.core.users.unbind(user('second'), phone)
  expect((await kit.core.devices.view({ app: 'default', deviceId: phone })).userId).toBeUndefined()
})

test('a user’s devices come page by page', async () => {
  const devices = await makeDevices(kit, 'of-one-user', 5)
  for (const device of devices) await kit.core.users.bind(user('many'), device)
  const first = await kit.core.users.devices(user('many'), { limit: 3 })
  const rest = await kit.core.users.devices(user('many'), { limit: 3, after: first.at(-1)?.deviceId })
  expect([...first, ...rest].map(({ deviceId }) => deviceId)).toEqual(devices)
})

test('a user that is removed leaves his devices, and no subscription', async () => {
  const [phone = ''] = await makeDevices(kit, 'left-behind', 1)
  await kit.core.users.put(user('gone'), { locale: 'de' })
  await kit.core.users.bind(user('gone'), phone)
  const channel = { app: 'default', name: 'for-gone' }
  await kit.core.channels.put(channel, {})
  await kit.core.channels.subscribe(channel, { users: ['gone', 'stays'] })
  await kit.core.users.remove(user('gone'))
  expect((await kit.core.devices.view({ app: 'default', deviceId: phone })).userId).toBeUndefined()
  expect(await kit.core.channels.users(channel)).toEqual(['stays'])
  await expect(kit.core.users.view(user('gone'))).rejects.toMatchObject({ code: 'PUSH_USER_UNKNOWN' })
  await expect(kit.core.users.remove(user('gone'))).rejects.toMatchObject({ code: 'PUSH_USER_UNKNOWN' })
})

test('an app that is not there is told', async () => {
  await expect(kit.core.users.view({ app: 'nobody', userId: 'ada' })).rejects.toMatchObject({
    code: 'PUSH_APP_UNKNOWN',
  })
})

test('users are listed by their ids, also those of whom only devices are known', async () => {
  await using own = await createDirectoryKit()
  const [phone = '', tablet = ''] = await makeDevices(own, 'listed', 2)
  await own.core.users.put(user('berta'), { locale: 'de' })
  for (const device of [phone, tablet]) await own.core.users.bind(user('carl'), device)
  await own.core.users.put(user('anna'), {})
  const all = await own.core.users.list('default')
  expect(all.map(({ userId, devices, locale }) => [userId, devices, locale])).toEqual([
    ['anna', 0, undefined],
    ['berta', 0, 'de'],
    ['carl', 2, undefined],
  ])
  expect(await own.core.users.list('default', { after: 'anna', limit: 1 })).toEqual([all[1]])
  await expect(own.core.users.list('default', { limit: 0 })).rejects.toMatchObject({ code: 'PUSH_REQUEST_INVALID' })
})
