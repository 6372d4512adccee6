// Groups: names, members in bulk, and nesting without circles.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CoreKit } from '../../kit/core.ts'
import { createDirectoryKit, makeDevices } from './directory-kit.ts'

let kit: CoreKit
beforeAll(async () => {
  kit = await createDirectoryKit()
})
afterAll(() => kit[Symbol.asyncDispose]())

const group = (name: string) => ({ app: 'default', name })
const putAll = async (...names: string[]) => {
  for (const name of names) await kit.core.groups.put(group(name))
}

describe('a group', () => {
  test('is made once under its name, and found by it', async () => {
    const made = await kit.core.groups.put(group('once'))
    expect(made).toMatchObject({ name: 'once', groups: [], devices: 0 })
    expect(await kit.core.groups.put(group('once'))).toEqual(made)
    expect(await kit.core.groups.view(group('once'))).toEqual(made)
    await expect(kit.core.groups.view(group('Once'))).rejects.toMatchObject({ code: 'PUSH_GROUP_UNKNOWN' })
  })

  test('keeps its members when it is renamed, and takes no name that another has', async () => {
    await putAll('before', 'taken')
    const devices = await makeDevices(kit, 'renamed', 2)
    await kit.core.groups.add(group('before'), { devices })
    await expect(kit.core.groups.rename(group('before'), 'taken')).rejects.toMatchObject({ code: 'PUSH_NAME_TAKEN' })
    expect(await kit.core.groups.rename(group('before'), 'after')).toMatchObject({ name: 'after', devices: 2 })
    await expect(kit.core.groups.view(group('before'))).rejects.toMatchObject({ code: 'PUSH_GROUP_UNKNOWN' })
  })

  test.each(['', 'ü'.repeat(33), 'a\tb', '\ud800'])('cannot be called %j', async (name) => {
    await expect(kit.core.groups.put(group(name))).rejects.toMatchObject({ code: 'PUSH_REQUEST_INVALID' })
  })

  test('may be called ü, 32 times: 64 bytes', async () => {
    expect((await kit.core.groups.put(group('ü'.repeat(32)))).name).toHaveLength(32)
  })

  test('that two make at once is one', async () => {
    const views = await Promise.all(Array.from({ length: 8 }, () => kit.core.groups.put(group('contended'))))
    expect(new Set(views.map(({ createdAt }) => createdAt.getTime())).size).toBe(1)
  })

  test('is listed by name, page by page', async () => {
    await putAll('list-a', 'list-b', 'list-c')
    const first = await kit.core.groups.list('default', { after: 'list-', limit: 2 })
    expect(first.map(({ name }) => name)).toEqual(['list-a', 'list-b'])
    const [next] = await kit.core.groups.list('default', { after: 'list-b', limit: 1 })
    expect(next?.name).toBe('list-c')
  })
})

describe('members', () => {
  test('come and go in bulk; a device that is not there is told, and the rest is done', async () => {
    await putAll('bulk')
    const devices = await makeDevices(kit, 'bulk', 4)
    const added = await kit.core.groups.add(group('bulk'), { devices: [...devices, ...devices, 'nobody-1'] })
    expect(added).toEqual({ added: 4, unknown: ['nobody-1'] })
    expect(await kit.core.groups.add(group('bulk'), { devices })).toEqual({ added: 0, unknown: [] })
    expect(await kit.core.groups.take(group('bulk'), { devices: [...devices.slice(0, 1), 'nobody-1'] })).toBe(1)
    const page = await kit.core.groups.devices(group('bulk'), { limit: 2 })
    const rest = await kit.core.groups.devices(group('bulk'), { limit: 2, after: page.at(-1) })
    expect([...page, ...rest]).toEqual(devices.slice(1))
  })

  test('are 500 in a request at most', async () => {
    await putAll('full')
    const devices = Array.from({ length: 501 }, (_, n) => `device-${n}`)
    await expect(kit.core.groups.add(group('full'), { devices })).rejects.toMatchObject({
      code: 'PUSH_REQUEST_INVALID',
    })
  })

  test('that are removed as devices are members no longer', async () => {
    await putAll('shrinking')
    const [first = '', second = ''] = await makeDevices(kit, 'shrinking', 2)
    await kit.core.groups.add(group('shrinking'), { devices: [first, second] })
    await kit.core.devices.remove({ app: 'default', deviceId: first })
    expect(await kit.core.groups.devices(group('shrinking'))).toEqual([second])
  })

  test('outlive their group', async () => {
    await putAll('short-lived')
    const [device = ''] = await makeDevices(kit, 'outliving', 1)
    await kit.core.groups.add(group('short-lived'), { devices: [device] })
    await kit.core.groups.remove(group('short-lived'))
    await expect(kit.core.groups.remove(group('short-lived'))).rejects.toMatchObject({ code: 'PUSH_GROUP_UNKNOWN' })
    expect((await kit.core.devices.view({ app: 'default', deviceId: device })).state).toBe('active')
  })
})

describe('nesting', () => {
  test('shows the groups that are part of a group', async () => {
    await putAll('whole', 'part-b', 'part-a')
    expect(await kit.core.groups.add(group('whole'), { groups: ['part-b', 'part-a'] })).toEqual({
      added: 2,
      unknown: [],
    })
    expect((await kit.core.groups.view(group('whole'))).groups).toEqual(['part-a', 'part-b'])
    expect(await kit.core.groups.take(group('whole'), { groups: ['part-b'] })).toBe(1)
    expect((await kit.core.groups.view(group('whole'))).groups).toEqual(['part-a'])
  })

  test('refuses a group that is not there, and adds nothing then', async () => {
    await putAll('half', 'there')
    const devices = await makeDevices(kit, 'half', 1)
    const adding = kit.core.groups.add(group('half'), { devices, groups: ['there', 'not-there'] })
    await expect(adding).rejects.toMatchObject({
      code: 'PUSH_GROUP_UNKNOWN',
      detail: expect.stringContaining('groups.1'),
    })
    expect(await kit.core.groups.view(group('half'))).toMatchObject({ groups: [], devices: 0 })
  })

  test('never goes in a circle, however long', async () => {
    await putAll('c1', 'c2', 'c3')
    await kit.core.groups.add(group('c1'), { groups: ['c2'] })
    await kit.core.groups.add(group('c2'), { groups: ['c3'] })
    for (const part of ['c1', 'c3']) {
      const adding = kit.core.groups.add(group('c3'), { groups: [part] })
      await expect(adding).rejects.toMatchObject({
        code: 'PUSH_GROUP_NESTING',
        detail: expect.stringContaining('itself'),
      })
    }
    expect((await kit.core.groups.view(group('c3'))).groups).toEqual([])
  })

  test('goes five deep and no deeper, from whichever end it grows', async () => {
    await putAll('d1', 'd2', 'd3', 'd4', 'd5', 'd6')
    await kit.core.groups.add(group('d1'), { groups: ['d2'] })
    await kit.core.groups.add(group('d4'), { groups: ['d5'] })
    await kit.core.groups.add(group('d2'), { groups: ['d3'] })
    await kit.core.groups.add(group('d3'), { groups: ['d4'] })
    const deeper = expect.objectContaining({
      code: 'PUSH_GROUP_NESTING',
      detail: expect.stringContaining('More than 5'),
    })
    await expect(kit.core.groups.add(group('d5'), { groups: ['d6'] })).rejects.toEqual(deeper)
    await expect(kit.core.groups.add(group('d6'), { groups: ['d1'] })).rejects.toEqual(deeper)
    await kit.core.groups.add(group('d6'), { groups: ['d2'] })
  })

  test('has no circle either when two halves of one are added at once', async () => {
    for (let round = 0; round < 5; round++) {
      const [a, b] = [`race-a${round}`, `race-b${round}`] as const
      await putAll(a, b)
      const results = await Promise.allSettled([
        kit.core.groups.add(group(a), { groups: [b] }),
        kit.core.groups.add(group(b), { groups: [a] }),
      ])
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    }
  })
})
