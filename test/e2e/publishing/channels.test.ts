// Channels that publish: to devices on different push services, in the place of what they said before; and devices that
// come back. Groups and users as audiences.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Core } from '../../../src/app/core.ts'
import type { VirtualDevice } from '../../../src/emulator/create-emulator.ts'
import type { Audience } from '../../../src/model/audience.ts'
import { type CoreKit, confirmedDevice, createCoreKit, emulatedC2dm } from '../../kit/core.ts'
import { manyDevices } from '../../kit/many-devices.ts'
import { eventually, query } from '../../kit/query.ts'

const NEWS = { app: 'default', name: 'news' }
const STAFF = { app: 'default', name: 'staff' }
const titles = ({ inbox }: VirtualDevice) => inbox.flatMap(({ data }) => data.title ?? [])

async function settledId(core: Core, accepting: Promise<{ id: string }>) {
  const { id } = await accepting
  return await core.messages.settled(id, { timeout: 25_000 })
}

describe('a channel with devices on two push services', () => {
  let kit: CoreKit
  let core: Core
  let phone: VirtualDevice
  let tablet: VirtualDevice

  beforeEach(async () => {
    kit = await createCoreKit()
    await kit.core.close(5_000)
    const { emulator } = kit
    const { serviceAccount } = emulator.credentials.fcm
    const repeats = { retryBaseSeconds: 0.01, retryCapSeconds: 0.05 }
    const fcm = { ...emulator.services.fcm, serviceAccount: { ...serviceAccount }, ca: emulator.ca, ...repeats }
    core = await kit.open({ options: { apps: { default: { c2dm: emulatedC2dm(emulator), fcm } } } })
    phone = await confirmedDevice({ core, emulator }, 'device-c2dm')
    tablet = await onFcm('device-fcm')
    await core.groups.put(STAFF)
    await core.groups.add(STAFF, { devices: ['device-c2dm', 'device-fcm'] })
    await core.channels.put(NEWS, { fields: { title: 'One', url: '/1' } })
    await core.channels.subscribe(NEWS, { groups: ['staff'] })
  })
  afterEach(() => kit[Symbol.asyncDispose]())

  async function onFcm(deviceId: string): Promise<VirtualDevice> {
    const device = kit.emulator.devices.create({ service: 'fcm' })
    const address = { transport: 'fcm', value: device.address } as const
    await core.devices.register({ app: 'default', deviceId, address, client: '192.0.2.1', door: 'json' })
    const { data } = await device.nextMessage({ where: (message) => 'confirmationToken' in message.data })
    await core.devices.confirm({
      app: 'default',
      deviceId,
      confirmationToken: data.confirmationToken ?? '',
      door: 'json',
    })
    return device
  }

  test('reaches each with its content, and tells of each when, and how it ended', async () => {
    const before = await core.channels.devices(NEWS)
    expect(before.map(({ lastMessageAt, state }) => [lastMessageAt, state])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ])
    const settled = await settledId(core, core.channels.publish(NEWS))
    expect(settled).toMatchObject({ audienceSize: 2, counts: { accepted: 2 } })
    const { collapseKey, lastPublished } = await core.channels.view(NEWS)
    expect(lastPublished?.messageId).toBe(settled.id)
    for (const device of [phone, tablet]) {
      const push = await device.nextMessage({ where: ({ data }) => 'title' in data })
      expect(push).toMatchObject({ data: { title: 'One', url: '/1' }, collapseKey })
    }
    const after = await core.channels.devices(NEWS)
    const told = { direct: false, lastMessageAt: expect.any(Date), messageId: settled.id, state: 'accepted' }
    expect(after).toMatchObject([told, told])
  })

  test('collapses on a device that was offline: on its return it sees what was said last', async () => {
    await settledId(core, core.channels.publish(NEWS))
    for (const device of [phone, tablet]) {
      await device.nextMessage({ where: ({ data }) => data.title === 'One' })
      device.state = 'offline'
    }
    for (const title of ['Two', 'Three']) {
      await core.channels.change(NEWS, { fields: { title } })
      await settledId(core, core.channels.publish(NEWS))
    }
    expect([phone.waiting, tablet.waiting]).toEqual([1, 1])
    for (const device of [phone, tablet]) {
      device.state = 'active'
      await device.nextMessage({ where: ({ data }) => data.title === 'Three' })
      expect(titles(device)).toEqual(['One', 'Three'])
    }
  })

  test('is one channel to the devices after it was renamed, while a message waits', async () => {
    phone.state = 'offline'
    await settledId(core, core.channels.publish(NEWS))
    await core.channels.change(NEWS, { name: 'daily', fields: { title: 'Two' } })
    await settledId(core, core.channels.publish({ ...NEWS, name: 'daily' }))
    phone.state = 'active'
    await phone.nextMessage({ where: ({ data }) => data.title === 'Two' })
    expect(titles(phone)).toEqual(['Two'])
  })

  test('says what else is given, where the push services can', async () => {
    const content = { notification: { title: 'Weather' }, urgency: 'high' } as const
    await settledId(core, core.channels.publish(NEWS, { content, ttl: 60 }))
    const push = await tablet.nextMessage({ where: ({ data }) => data.title === 'One' })
    expect(push).toMatchObject({ notification: { title: 'Weather' }, android: { priority: 'HIGH' } })
  })

  test('with nothing to say publishes nothing', async () => {
    await core.channels.put(NEWS, {})
    await expect(core.channels.publish(NEWS)).rejects.toMatchObject({ code: 'PUSH_CHANNEL_EMPTY' })
    await expect(core.channels.publish(STAFF)).rejects.toMatchObject({ code: 'PUSH_CHANNEL_UNKNOWN' })
  })

  test('publishes once under one idempotency key', async () => {
    const ids = await Promise.all(
      Array.from({ length: 5 }, () => core.channels.publish(NEWS, { idempotencyKey: 'once' })),
    )
    expect(new Set(ids.map(({ id }) => id)).size).toBe(1)
    await core.channels.change(NEWS, { fields: { title: 'Two' } })
    const again = core.channels.publish(NEWS, { idempotencyKey: 'once' })
    await expect(again).rejects.toMatchObject({ code: 'PUSH_IDEMPOTENCY_CONFLICT' })
  })

  describe('and a device whose address died', () => {
    const deviceId = 'device-c2dm'

    async function lose(catchUp: boolean): Promise<void> {
      await core.channels.change(NEWS, { catchUp })
      phone.state = 'unregistered'
      await settledId(core, core.channels.publish(NEWS))
      expect((await core.devices.view({ app: 'default', deviceId })).failed).toBe(true)
      await core.channels.change(NEWS, { fields: { title: 'Two' } })
      await settledId(core, core.channels.publish(NEWS))
    }

    async function loseAndReturn(catchUp: boolean): Promise<VirtualDevice> {
      await lose(catchUp)
      return await confirmedDevice({ core, emulator: kit.emulator }, deviceId)
    }

    test('gets the newest message that it missed, once it confirms a new one', async () => {
      const returned = await loseAndReturn(true)
      await returned.nextMessage({ where: ({ data }) => data.title === 'Two' })
      await eventually(
        async () => (await core.channels.devices(NEWS)).find((device) => device.deviceId === deviceId)?.state,
        (state) => state === 'accepted',
      )
      const again = await confirmedDevice({ core, emulator: kit.emulator }, deviceId)
      const { id } = await core.messages.submit({ app: 'default', deviceId, content: { data: { title: 'Last' } } })
      await core.messages.settled(id)
      await again.nextMessage({ where: ({ data }) => data.title === 'Last' })
      expect([titles(returned), titles(again), titles(tablet)]).toEqual([['Two'], ['Last'], ['One', 'Two']])
    })

    test('gets that one also where a newer one was cancelled before it went to anybody', async () => {
      await lose(true)
      await core.channels.change(NEWS, { fields: { title: 'Three' } })
      const { id } = await core.channels.publish(NEWS, { timing: { sendAt: new Date(Date.now() + 3_600_000) } })
      await core.messages.cancel('default', id)
      const returned = await confirmedDevice({ core, emulator: kit.emulator }, deviceId)
      await returned.nextMessage({ where: ({ data }) => data.title === 'Two' })
    })

    test('gets none unless the channel is so set', async () => {
      const returned = await loseAndReturn(false)
      await settledId(core, core.messages.submit({ app: 'default', deviceId, content: { data: { title: 'Last' } } }))
      await returned.nextMessage({ where: ({ data }) => data.title === 'Last' })
      expect(titles(returned)).toEqual(['Last'])
    })
  })
})

describe('groups and users as audiences', () => {
  let kit: CoreKit
  let devices: ReadonlyMap<string, VirtualDevice>
  beforeAll(async () => {
    kit = await createCoreKit()
    devices = await manyDevices(kit, 12)
    for (const name of ['outer', 'inner', 'other']) await kit.core.groups.put({ app: 'default', name })
    const add = (name: string, members: object) => kit.core.groups.add({ app: 'default', name }, members)
    await add('outer', { devices: ['device-00000', 'device-00001'], groups: ['inner'] })
    await add('inner', { devices: ['device-00001', 'device-00002'] })
    await add('other', { devices: ['device-00002', 'device-00003'] })
  })
  afterAll(() => kit[Symbol.asyncDispose]())

  const publish = (audience: Audience, n: string) =>
    kit.core.messages.publish({ app: 'default', audience, content: { data: { n } } })
  const reached = (n: string) =>
    [...devices].flatMap(([deviceId, { inbox }]) => inbox.filter(({ data }) => data.n === n).map(() => deviceId))

  test('a group reaches the devices of its parts, each once', async () => {
    const settled = await settledId(kit.core, publish({ group: 'outer' }, 'outer'))
    expect(reached('outer')).toEqual(['device-00000', 'device-00001', 'device-00002'])
    const view = await kit.core.messages.view('default', settled.id)
    expect(view.audience).toEqual({ group: 'outer' })
    await settledId(kit.core, publish({ groups: ['other', 'outer'] }, 'both'))
    expect(reached('both')).toHaveLength(4)
    expect(await kit.core.messages.count({ app: 'default', audience: { groups: ['other', 'outer'] } })).toMatchObject({
      devices: 4,
      complete: true,
    })
  })

  test('a filter looks at what is known of the user where the device says nothing', async () => {
    const user = { app: 'default', userId: 'ana' }
    await kit.core.users.put(user, {
      locale: 'pt-BR',
      timeZone: 'America/Bahia',
      labels: { plan: 'gold', tier: 'user' },
    })
    for (const deviceId of ['device-00004', 'device-00005']) await kit.core.users.bind(user, deviceId)
    await query(
      kit.url,
      `UPDATE sendword.device SET locale = 'de', time_zone = 'Europe/Berlin', labels = '{"tier":"device"}'
        WHERE device_id = 'device-00005'`,
    )
    const found = async (where: object) =>
      (await kit.core.messages.count({ app: 'default', audience: { where } })).devices
    expect(await found({ locale: 'pt' })).toBe(1)
    expect(await found({ locale: 'de' })).toBe(1)
    expect(await found({ timeZone: 'America/Bahia' })).toBe(1)
    expect(await found({ labels: { plan: 'gold' } })).toBe(2)
    expect(await found({ labels: { plan: 'gold', tier: 'user' } })).toBe(1)
    expect(await found({ labels: { plan: 'gold', tier: 'device' } })).toBe(1)
  })

  test('a group or channel that is not there is refused', async () => {
    await expect(publish({ group: 'nobody' }, '')).rejects.toMatchObject({ code: 'PUSH_GROUP_UNKNOWN' })
    await expect(publish({ channel: 'nobody' }, '')).rejects.toMatchObject({ code: 'PUSH_CHANNEL_UNKNOWN' })
    const audience = { groups: ['nobody'] }
    await expect(kit.core.messages.count({ app: 'default', audience })).rejects.toMatchObject({
      code: 'PUSH_GROUP_UNKNOWN',
    })
  })

  test('a message for a user that waits is not for whoever has the phone by then', async () => {
    const phone = devices.get('device-00007')
    if (!phone) throw new Error('there is no such device')
    for (const deviceId of ['device-00007', 'device-00008']) {
      await kit.core.users.bind({ app: 'default', userId: 'first' }, deviceId)
    }
    phone.state = 'throttled'
    const waiting = await publish({ user: 'first' }, 'private')
    await eventually(
      () =>
        query<{ n: number }>(kit.url, `SELECT count(*)::int AS n FROM sendword.delivery WHERE message_id = $1`, [
          waiting.id,
        ]),
      ([row]) => row?.n === 1,
    )
    await kit.core.users.bind({ app: 'default', userId: 'second' }, 'device-00007')
    phone.state = 'active'
    const settled = await kit.core.messages.settled(waiting.id, { timeout: 25_000 })
    expect(settled.counts).toMatchObject({ accepted: 1, cancelled: 1 })
    expect(reached('private')).toEqual(['device-00008'])
    await settledId(kit.core, publish({ user: 'second' }, 'second'))
    expect(reached('second')).toEqual(['device-00007'])
  })
})
