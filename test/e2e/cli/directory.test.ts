// Users, groups and channels at the command line.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../kit/postgres.ts'
import { makeDevices } from '../directory/directory-kit.ts'
import { runCommand } from './command.ts'

let database: TestDatabase
let folder: string
let phone: string
let tablet: string
beforeAll(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'sendword-'))
  ;[phone = '', tablet = ''] = await makeDevices(database, 'cli', 2)
})
afterAll(async () => {
  await database.dispose()
  await rm(folder, { recursive: true, force: true })
})
const env = () => ({ DATABASE_URL: database.url, C2DM_AUTH_TOKEN: 'a-token-that-is-never-used' })
const run = (...words: string[]) => runCommand(words, { folder, env: env() })
const json = async (...words: string[]) => JSON.parse((await run(...words, '--json')).out) as unknown

test('`groups` makes a group, fills it, shows it and empties it', async () => {
  expect((await run('groups', 'create', 'staff')).out).toMatch(/^group +staff$/m)
  await run('groups', 'create', 'night shift')
  const added = await run('groups', 'add', 'staff', '--device', phone, 'nobody-1', '--group', 'night shift')
  expect(added.out).toBe('Added 2 that were not in before.\nThere is no device nobody-1.\n')
  expect(await json('groups', 'show', 'staff')).toMatchObject({ name: 'staff', devices: 1, groups: ['night shift'] })
  expect((await run('groups', 'devices', 'staff')).out).toBe(`${phone}\n`)
  expect((await run('groups', 'take', 'staff', '--group', 'night shift')).out).toBe('Took out 1 that were in.\n')
  expect(await json('groups', 'rename', 'night shift', 'night')).toMatchObject({ name: 'night' })
  expect(await json('groups', 'list')).toMatchObject({ groups: [{ name: 'night' }, { name: 'staff' }] })
  expect(await json('groups', 'remove', 'night')).toEqual({ name: 'night', removed: true })
  const { code, err } = await run('groups', 'show', 'night')
  expect([code, err]).toEqual([3, expect.stringContaining('PUSH_GROUP_UNKNOWN')])
}, 120_000)

test('`users` says what is known of a user, and whose a device is', async () => {
  const put = [
    'users',
    'put',
    'ada',
    '--locale',
    'pt-br',
    '--time-zone',
    'Europe/Lisbon',
    '--label',
    'plan=gold',
    'a=1',
  ]
  const said = await run(...put)
  expect(said.out).toMatch(/^locale +pt-BR$/m)
  expect(said.out).toMatch(/^labels +a=1, plan=gold$/m)
  expect((await run('users', 'bind', 'ada', phone)).out).toBe(`${phone} is ada’s.\n`)
  expect(await json('users', 'show', 'ada')).toMatchObject({ userId: 'ada', devices: 1, labels: { plan: 'gold' } })
  expect((await run('users', 'devices', 'ada')).out).toMatch(new RegExp(`^${phone} +active`, 'm'))
  await run('users', 'bind', 'bob', tablet)
  expect((await run('users', 'list')).out).toMatch(
    /^USER +LOCALE +TIME ZONE +DEVICES\nada +pt-BR +Europe\/Lisbon +1\nbob /,
  )
  expect(await json('users', 'list', '--limit', '1')).toMatchObject({ users: [{ userId: 'ada' }], next: 'ada' })
  expect((await run('users', 'unbind', 'ada', phone)).out).toBe(`${phone} is nobody’s.\n`)
  const notHers = await run('users', 'unbind', 'ada', tablet)
  expect([notHers.code, notHers.err]).toEqual([3, expect.stringContaining('PUSH_DEVICE_UNKNOWN')])
  expect(await json('users', 'remove', 'ada')).toEqual({ userId: 'ada', removed: true })
  expect((await run('users', 'show', 'ada')).err).toContain('PUSH_USER_UNKNOWN')
  const zone = await run('users', 'put', 'ada', '--time-zone', 'Mars/Olympus')
  expect(zone.err).toContain('PUSH_REQUEST_INVALID')
}, 180_000)

test('`channels` says what a channel says, and who gets it', async () => {
  const put = await run('channels', 'put', 'news', '--field', 'title=Storm', 'url=/weather/1', '--catch-up')
  expect(put.out).toMatch(/^catch up +yes$/m)
  expect(put.out).toMatch(/^title +\d{4}-\S+Z +"Storm"$/m)
  const change = ['--field', 'title=Calm', '--drop', 'url', '--rename', 'weather']
  expect(await json('channels', 'change', 'news', ...change)).toMatchObject({
    name: 'weather',
    catchUp: true,
    fields: { title: { value: 'Calm' } },
  })
  expect(await json('channels', 'change', 'weather', '--no-catch-up')).toMatchObject({ catchUp: false })
  const subscribed = await run('channels', 'subscribe', 'weather', '--device', phone, tablet, '--user', 'ada')
  expect(subscribed.out).toBe('Added 3 that were not in before.\n')
  const devices = await run('channels', 'devices', 'weather')
  expect(devices.out).toMatch(/^DEVICE +LAST MESSAGE +NEWEST MESSAGE$/m)
  expect(devices.out).toMatch(new RegExp(`^${phone} +– +–$`, 'm'))
  const { id } = (await json('channels', 'publish', 'weather', '--ttl', '60')) as { id: string }
  expect(await json('channels', 'show', 'weather')).toMatchObject({ lastPublished: { messageId: id } })
  expect((await run('channels', 'show', 'weather')).out).toMatch(new RegExp(`^by message +${id}$`, 'm'))
  const unsubscribed = await run('channels', 'unsubscribe', 'weather', '--user', 'ada', '--device', tablet)
  expect(unsubscribed.out).toBe('Unsubscribed 2 that were subscribed.\n')
  expect(await json('channels', 'list')).toMatchObject({ channels: [{ name: 'weather' }] })
  expect((await run('channels', 'remove', 'weather')).out).toBe('Removed weather.\n')
  expect((await run('channels', 'list')).err).toContain('There are no channels.')
}, 120_000)
