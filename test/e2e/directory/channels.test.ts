// Channels: their content, the sizes that it must fit, and who is subscribed.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CoreKit } from '../../kit/core.ts'
import { createManualClock, type ManualClock } from '../../kit/manual-clock.ts'
import { createDirectoryKit, makeDevices } from './directory-kit.ts'

let kit: CoreKit
let clock: ManualClock
beforeAll(async () => {
  clock = createManualClock(Date.parse('2026-05-04T12:00:00Z'))
  kit = await createDirectoryKit({ clock })
})
afterAll(() => kit[Symbol.asyncDispose]())

const channel = (name: string) => ({ app: 'default', name })
const now = () => new Date(clock.now())

describe('content', () => {
  test('has for each field the time of its last change, and the channel has that of the last one', async () => {
    const made = now()
    const first = await kit.core.channels.put(channel('news'), { fields: { title: 'One', url: '/1' } })
    expect(first.fields).toEqual({ title: { value: 'One', changedAt: made }, url: { value: '/1', changedAt: made } })
    await clock.advance(60_000)
    const second = await kit.core.channels.put(channel('news'), { fields: { title: 'Two', url: '/1' } })
    expect(second.fields).toEqual({ title: { value: 'Two', changedAt: now() }, url: { value: '/1', changedAt: made } })
    expect(second).toMatchObject({ createdAt: made, changedAt: now() })
    const changed = now()
    await clock.advance(60_000)
    expect(await kit.core.channels.put(channel('news'), { fields: { title: 'Two', url: '/1' } })).toEqual(second)
    const third = await kit.core.channels.change(channel('news'), { fields: { url: null, teaser: 'New' } })
    expect(third.fields).toEqual({
      teaser: { value: 'New', changedAt: now() },
      title: { value: 'Two', changedAt: changed },
    })
  })

  test('is what a channel may be without', async () => {
    const empty = await kit.core.channels.put(channel('empty'), {})
    expect(empty).toMatchObject({ fields: {}, changedAt: undefined, lastPublished: undefined, catchUp: false })
  })

  test('over C2DM’s 1024 bytes is refused at every change, and nothing has changed then', async () => {
    // The name of the field, its value, and 32 bytes of collapse key.
    const fits = { text: 'x'.repeat(1024 - 32 - 'text'.length) }
    const kept = await kit.core.channels.put(channel('brim'), { fields: fits })
    const changes = [
      () => kit.core.channels.put(channel('brim'), { fields: { text: `${fits.text}x` } }),
      () => kit.core.channels.change(channel('brim'), { fields: { a: '' } }),
      () => kit.core.channels.change(channel('brim'), { name: 'other', fields: { text: 'ü'.repeat(170) } }),
    ]
    for (const change of changes) {
      const refusal = { code: 'PUSH_MESSAGE_TOO_BIG', detail: expect.stringContaining('c2dm') }
      await expect(change()).rejects.toMatchObject(refusal)
    }
    expect(await kit.core.channels.view(channel('brim'))).toEqual(kept)
    await expect(kit.core.channels.view(channel('other'))).rejects.toMatchObject({ code: 'PUSH_CHANNEL_UNKNOWN' })
  })

  test('is checked by every push service of the app, and by no other', async () => {
    const core = await kit.open({ options: { workers: false, apps: { default: {}, silent: {} } } })
    const fields = { text: 'x'.repeat(3000) }
    expect((await core.channels.put({ app: 'silent', name: 'long' }, { fields })).fields.text?.value).toHaveLength(3000)
  })

  test('has 50 fields at most, with names of 64 bytes at most', async () => {
    const core = await kit.open({ options: { workers: false, apps: { default: {} } } })
    const fields = Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`f${n}`, '']))
    for (const wrong of [fields, { ['x'.repeat(65)]: '' }, { '': '' }]) {
      const putting = core.channels.put(channel('wide'), { fields: wrong })
      await expect(putting).rejects.toMatchObject({ code: 'PUSH_REQUEST_INVALID' })
    }
  })

  test('survives changes of different fields at once', async () => {
    await kit.core.channels.put(channel('busy'), {})
    const names = Array.from({ length: 10 }, (_, n) => `f${n}`)
    await Promise.all(names.map((name) => kit.core.channels.change(channel('busy'), { fields: { [name]: name } })))
    expect(Object.keys((await kit.core.channels.view(channel('busy'))).fields)).toEqual(names)
  })
})

describe('a channel', () => {
  test('has a collapse key of its own, for ever, also under another name', async () => {
    const { collapseKey } = await kit.core.channels.put(channel('old-name'), { fields: { a: '1' } })
    expect(collapseKey).toMatch(/^[0-9a-f]{32}$/)
    const renamed = await kit.core.channels.change(channel('old-name'), { name: 'new-name' })
    expect(renamed).toMatchObject({ name: 'new-name', collapseKey, fields: { a: { value: '1' } } })
    const heir = await kit.core.channels.put(channel('old-name'), {})
    expect(heir.collapseKey).not.toBe(collapseKey)
  })

  test('takes no name that another has', async () => {
    await kit.core.channels.put(channel('mine'), {})
    await kit.core.channels.put(channel('yours'), {})
    const renaming = kit.core.channels.change(channel('mine'), { name: 'yours' })
    await expect(renaming).rejects.toMatchObject({ code: 'PUSH_NAME_TAKEN' })
  })

  test('that two make at once is one', async () => {
    const views = await Promise.all(Array.from({ length: 8 }, () => kit.core.channels.put(channel('contended'), {})))
    expect(new Set(views.map(({ collapseKey }) => collapseKey)).size).toBe(1)
  })

  test('is listed by name, page by page, and gone once it is removed', async () => {
    for (const name of ['list-b', 'list-a']) await kit.core.channels.put(channel(name), { fields: { name } })
    const listed = await kit.core.channels.list('default', { after: 'list-', limit: 2 })
    expect(listed.map(({ name }) => name)).toEqual(['list-a', 'list-b'])
    await kit.core.channels.remove(channel('list-a'))
    await expect(kit.core.channels.remove(channel('list-a'))).rejects.toMatchObject({ code: 'PUSH_CHANNEL_UNKNOWN' })
    const [first] = await kit.core.channels.list('default', { after: 'list-', limit: 1 })
    expect(first?.name).toBe('list-b')
  })
})

describe('subscribers', () => {
  test('are devices, users and groups; a device that they share is reached once', async () => {
    const [direct = '', ofUser = '', nested = '', shared = ''] = await makeDevices(kit, 'reached', 4)
    await kit.core.groups.put({ app: 'default', name: 'outer' })
    await kit.core.groups.put({ app: 'default', name: 'inner' })
    await kit.core.groups.add({ app: 'default', name: 'inner' }, { devices: [nested, shared] })
    await kit.core.groups.add({ app: 'default', name: 'outer' }, { devices: [shared], groups: ['inner'] })
    await kit.core.users.bind({ app: 'default', userId: 'reader' }, ofUser)
    await kit.core.users.bind({ app: 'default', userId: 'reader' }, shared)
    await kit.core.channels.put(channel('reach'), {})
    const added = await kit.core.channels.subscribe(channel('reach'), {
      devices: [direct, shared, 'nobody-1'],
      users: ['reader'],
      groups: ['outer'],
    })
    expect(added).toEqual({ added: 4, unknown: ['nobody-1'] })
    const all = await kit.core.channels.devices(channel('reach'))
    expect(all.map(({ deviceId, direct }) => [deviceId, direct])).toEqual([
      [direct, true],
      [ofUser, false],
      [nested, false],
      [shared, true],
    ])
    const pages = []
    for (let after: string | undefined; ; ) {
      const page = await kit.core.channels.devices(channel('reach'), { limit: 1, after })
      pages.push(...page)
      after = page.at(-1)?.deviceId
      if (after === undefined) break
    }
    expect(pages).toEqual(all)
    expect(await kit.core.channels.view(channel('reach'))).toMatchObject({ groups: ['outer'], devices: 2, users: 1 })
  })

  test('leave as they came', async () => {
    const [device = ''] = await makeDevices(kit, 'leaving', 1)
    await kit.core.groups.put({ app: 'default', name: 'leaving' })
    await kit.core.channels.put(channel('leaving'), {})
    const subscribers = { devices: [device], users: ['leaver'], groups: ['leaving'] }
    await kit.core.channels.subscribe(channel('leaving'), subscribers)
    expect(await kit.core.channels.unsubscribe(channel('leaving'), subscribers)).toBe(3)
    expect(await kit.core.channels.unsubscribe(channel('leaving'), subscribers)).toBe(0)
    expect(await kit.core.channels.devices(channel('leaving'))).toEqual([])
  })

  test('that are groups must be there', async () => {
    await kit.core.channels.put(channel('strict'), {})
    const subscribing = kit.core.channels.subscribe(channel('strict'), { users: ['somebody'], groups: ['nothing'] })
    await expect(subscribing).rejects.toMatchObject({ code: 'PUSH_GROUP_UNKNOWN' })
    expect(await kit.core.channels.users(channel('strict'))).toEqual([])
  })
})
