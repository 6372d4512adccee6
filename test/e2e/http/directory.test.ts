// Users, groups and channels over HTTP.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeDevices } from '../directory/directory-kit.ts'
import { type Serving, serve } from './serving.ts'

let serving: Serving
beforeAll(async () => {
  serving = await serve({ options: { workers: false } })
})
afterAll(() => serving[Symbol.asyncDispose]())

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

async function call(method: string, path: string, body?: unknown): Promise<Answer> {
  const init = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await serving.api(`/v1/apps/default/${path}`, { method, ...init })
  return { status: response.status, body: response.status === 204 ? {} : ((await response.json()) as Answer['body']) }
}

describe('users', () => {
  test('are put, shown and forgotten, under ids that need encoding', async () => {
    const path = `users/${encodeURIComponent('a/b ü')}`
    const put = await call('PUT', path, { locale: 'de', timeZone: 'Europe/Berlin', labels: { plan: 'gold' } })
    expect(put.status).toBe(200)
    expect(put.body).toEqual({
      app: 'default',
      userId: 'a/b ü',
      locale: 'de',
      timeZone: 'Europe/Berlin',
      labels: { plan: 'gold' },
      devices: 0,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    })
    expect(await call('GET', path)).toEqual(put)
    expect((await call('DELETE', path)).status).toBe(204)
    expect(await call('GET', path)).toMatchObject({ status: 404, body: { code: 'PUSH_USER_UNKNOWN' } })
  })

  test('get devices and lose them', async () => {
    const [phone = ''] = await makeDevices(serving, 'http-user', 1)
    expect((await call('PUT', `users/ada/devices/${phone}`)).status).toBe(204)
    expect((await call('GET', 'users/ada/devices')).body).toMatchObject({
      devices: [{ deviceId: phone, userId: 'ada' }],
    })
    expect((await call('PUT', `users/eve/devices/${phone}`)).status).toBe(204)
    expect((await call('GET', 'users/ada/devices')).body).toEqual({ devices: [] })
    expect((await call('DELETE', `users/ada/devices/${phone}`)).status).toBe(404)
    expect((await call('DELETE', `users/eve/devices/${phone}`)).status).toBe(204)
    expect(await call('PUT', 'users/ada/devices/no-such-device')).toMatchObject({
      body: { code: 'PUSH_DEVICE_UNKNOWN' },
    })
  })
})

describe('groups', () => {
  test('are made, nested, filled, listed, renamed and removed', async () => {
    const devices = await makeDevices(serving, 'http-group', 3)
    expect((await call('PUT', 'groups/staff')).body).toMatchObject({ name: 'staff', groups: [], devices: 0 })
    await call('PUT', 'groups/night%20shift')
    const added = await call('POST', 'groups/staff/members', {
      devices: [...devices, 'nobody-1'],
      groups: ['night shift'],
    })
    expect(added).toEqual({ status: 200, body: { added: 4, unknown: ['nobody-1'] } })
    expect((await call('GET', 'groups/staff')).body).toMatchObject({ groups: ['night shift'], devices: 3 })
    const page = await call('GET', 'groups/staff/devices?limit=2')
    expect(page.body).toEqual({ devices: devices.slice(0, 2), next: devices[1] })
    const last = await call('GET', `groups/staff/devices?limit=2&after=${devices[1]}`)
    expect(last.body).toEqual({ devices: devices.slice(2) })
    const circle = await call('POST', 'groups/night%20shift/members', { groups: ['staff'] })
    expect(circle).toMatchObject({ status: 409, body: { code: 'PUSH_GROUP_NESTING' } })
    const taken = await call('POST', 'groups/staff/members/remove', { devices, groups: ['night shift'] })
    expect(taken).toEqual({ status: 200, body: { removed: 4 } })
    expect((await call('PATCH', 'groups/staff', { name: 'crew' })).body).toMatchObject({ name: 'crew' })
    expect((await call('PATCH', 'groups/crew', { name: 'night shift' })).status).toBe(409)
    expect((await call('GET', 'groups?limit=1')).body).toMatchObject({ groups: [{ name: 'crew' }], next: 'crew' })
    expect((await call('DELETE', 'groups/crew')).status).toBe(204)
    expect((await call('GET', 'groups/crew')).status).toBe(404)
  })
})

describe('channels', () => {
  test('are made, changed, renamed, listed and removed', async () => {
    const made = await call('PUT', 'channels/news', { fields: { title: 'One', url: '/1' } })
    expect(made).toMatchObject({
      status: 200,
      body: { name: 'news', catchUp: false, fields: { title: { value: 'One' } } },
    })
    const { collapseKey } = made.body
    const changed = await call('PATCH', 'channels/news', { name: 'daily', fields: { url: null }, catchUp: true })
    expect(changed.body).toMatchObject({ name: 'daily', catchUp: true, collapseKey })
    expect(Object.keys(changed.body.fields as object)).toEqual(['title'])
    expect(await call('GET', 'channels/daily')).toEqual(changed)
    expect((await call('GET', 'channels')).body).toMatchObject({ channels: [{ name: 'daily', collapseKey }] })
    expect(await call('GET', 'channels/news')).toMatchObject({ status: 404, body: { code: 'PUSH_CHANNEL_UNKNOWN' } })
    expect((await call('DELETE', 'channels/daily')).status).toBe(204)
  })

  test('whose content C2DM could not carry are refused with 413', async () => {
    const refused = await call('PUT', 'channels/long', { fields: { text: 'x'.repeat(1000) } })
    expect(refused).toMatchObject({ status: 413, body: { code: 'PUSH_MESSAGE_TOO_BIG' } })
    expect((await call('GET', 'channels/long')).status).toBe(404)
  })

  test('are published with 202 and a Location, and the message says to which channel', async () => {
    await makeDevices(serving, 'http-publish', 1)
    await call('PUT', 'channels/flash', { fields: { title: 'Now' } })
    const accepted = await serving.api('/v1/apps/default/channels/flash/publish', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ttl: 60, urgency: 'high' }),
    })
    const { id } = (await accepted.json()) as { id: string }
    expect(accepted.status).toBe(202)
    const { pathname } = new URL(accepted.headers.get('location') ?? '', accepted.url)
    expect(pathname).toBe(`/v1/apps/default/messages/${id}`)
    expect((await call('GET', `messages/${id}`)).body).toMatchObject({ id, audience: { channel: 'flash' } })
    expect((await call('GET', 'channels/flash')).body).toMatchObject({ lastPublished: { messageId: id } })
    const wrong = await call('POST', 'channels/flash/publish', { data: { a: '1' } })
    expect(wrong).toMatchObject({ status: 400, body: { code: 'PUSH_REQUEST_INVALID' } })
    await call('PUT', 'channels/flash', {})
    const empty = await call('POST', 'channels/flash/publish', {})
    expect(empty).toMatchObject({ status: 409, body: { code: 'PUSH_CHANNEL_EMPTY' } })
  })

  test('have subscribers of three kinds, and tell which devices they reach', async () => {
    const [phone = '', tablet = ''] = await makeDevices(serving, 'http-channel', 2)
    await call('PUT', 'groups/readers')
    await call('POST', 'groups/readers/members', { devices: [tablet] })
    await call('PUT', 'channels/reading', { fields: { title: 'One' } })
    const everybody = { devices: [phone], users: ['reader'], groups: ['readers'] }
    expect((await call('POST', 'channels/reading/subscribers', everybody)).body).toEqual({ added: 3, unknown: [] })
    expect((await call('GET', 'channels/reading/devices')).body).toEqual({
      devices: [
        { deviceId: phone, direct: true },
        { deviceId: tablet, direct: false },
      ],
    })
    expect((await call('GET', 'channels/reading/users')).body).toEqual({ users: ['reader'] })
    expect((await call('POST', 'channels/reading/subscribers/remove', everybody)).body).toEqual({ removed: 3 })
  })
})

test.each([
  ['GET', 'groups/%00'],
  ['DELETE', 'groups/%00'],
  ['GET', 'groups/%00/devices'],
  ['GET', 'groups?after=%00'],
  ['GET', 'channels?after=%00'],
  ['PUT', `groups/${'x'.repeat(65)}`],
  ['GET', 'channels/%00'],
  ['DELETE', 'channels/%00'],
  ['GET', 'channels/%00/users'],
  ['GET', 'channels/any/users?after=%00'],
  ['GET', 'users?after=%00'],
  ['GET', 'users/%00'],
  ['GET', 'users/%00/devices'],
  ['GET', 'users/any/devices?after=x'],
  ['PUT', 'users/any/devices/short'],
  ['GET', 'channels?limit=0'],
  ['GET', 'channels?before=a'],
])('%s %s is 400', async (method, path) => {
  expect(await call(method, path)).toMatchObject({ status: 400, body: { code: 'PUSH_REQUEST_INVALID' } })
})

test.each([
  ['PUT', 'channels/bad', { fields: { a: 1 } }],
  ['PUT', 'channels/bad', { fields: { '': 'x' } }],
  ['PUT', 'channels/bad', { fields: { a: '\0' } }],
  ['PUT', 'channels/bad', { fields: { a: '\ud800' } }],
  ['PUT', 'channels/bad', { name: 'other' }],
  ['PATCH', 'channels/bad', { name: '' }],
  ['PUT', 'users/bad', { locale: 'xx-' }],
  ['PATCH', 'groups/bad', { name: 'x'.repeat(65) }],
  ['POST', 'groups/bad/members', { devices: ['short'] }],
  ['POST', 'channels/bad/subscribers', { users: [''] }],
  ['POST', 'channels/bad/subscribers', { everybody: true }],
])('%s %s with a body like %j is 400', async (method, path, body) => {
  expect(await call(method, path, body)).toMatchObject({ status: 400 })
})
