// What happens when a confirmed address takes the place of a live one, and what passes with time.
import { afterEach, describe, expect, test } from 'vitest'
import type { VirtualDevice } from '../../../src/emulator/create-emulator.ts'
import { type CoreKit, type CoreOptions, confirmedDevice, createCoreKit } from '../../kit/core.ts'
import { query } from '../../kit/query.ts'
import { createShiftedClock } from '../../kit/shifted-clock.ts'

let kit: CoreKit
afterEach(() => kit[Symbol.asyncDispose]())
const begin = async (options?: CoreOptions) => {
  kit = await createCoreKit(options)
}

const key = { app: 'default', deviceId: 'device-0001' }
const HOUR_MS = 3_600_000

async function move(to: VirtualDevice): Promise<void> {
  await kit.core.devices.register({
    ...key,
    address: { transport: 'c2dm', value: to.registrationId },
    client: '::1',
    door: 'seed',
  })
  const push = await to.nextMessage({ where: ({ data }) => 'registration_token' in data })
  await kit.core.devices.confirm({ ...key, confirmationToken: push.data.registration_token ?? '', door: 'seed' })
}

async function send(data: Record<string, string>) {
  const { id } = await kit.core.messages.submit({ ...key, content: { data } })
  return await kit.core.messages.settled(id, { timeout: 20_000 })
}

describe('a live address that is replaced', () => {
  test('gets a push that says so, and an event is raised', async () => {
    await begin()
    const events: string[] = []
    kit.core.events.on('device.replaced', ({ deviceId }) => events.push(deviceId))
    const old = await confirmedDevice(kit, key.deviceId)
    await move(kit.emulator.devices.create())
    const notice = await old.nextMessage({ where: ({ data }) => 'event' in data })
    expect(notice.data).toEqual({ event: 'replaced' })
    expect(events).toEqual(['device-0001'])
  })

  test('stays live where replacements are held, until one is approved', async () => {
    await begin({ options: { registration: { approveReplacement: true } } })
    const old = await confirmedDevice(kit, key.deviceId)
    const fresh = kit.emulator.devices.create()
    const asked: string[] = []
    kit.core.events.on('device.approval-needed', ({ deviceId }) => asked.push(deviceId))
    await move(fresh)
    expect(asked).toEqual(['device-0001'])
    await send({ n: 'before' })
    expect(old.inbox.at(-1)?.data).toEqual({ n: 'before' })
    await kit.core.devices.approve(key)
    await send({ n: 'after' })
    expect(fresh.inbox.at(-1)?.data).toEqual({ n: 'after' })
    await expect(kit.core.devices.approve(key)).rejects.toMatchObject({ code: 'PUSH_REGISTRATION_NOT_HELD' })
  })

  test('cancels a replacement that is held when it registers again', async () => {
    await begin({ options: { registration: { approveReplacement: true } } })
    const old = await confirmedDevice(kit, key.deviceId)
    await move(kit.emulator.devices.create())
    await kit.core.devices.register({
      ...key,
      address: { transport: 'c2dm', value: old.registrationId },
      client: '::1',
      door: 'seed',
    })
    await expect(kit.core.devices.approve(key)).rejects.toMatchObject({ code: 'PUSH_REGISTRATION_NOT_HELD' })
  })
})

describe('a device that never confirms', () => {
  test('is gone with its last expired registration; one that did confirm stays', async () => {
    const clock = createShiftedClock()
    await begin({ clock })
    await confirmedDevice(kit, 'device-kept')
    const address = { transport: 'c2dm' as const, value: kit.emulator.devices.create().registrationId }
    await kit.core.devices.register({ ...key, address, client: '::1', door: 'seed' })
    clock.advance(HOUR_MS + 1)
    // Upkeep also runs when a process that delivers starts.
    await kit.open()
    const devices = await query<{ device_id: string }>(kit.url, 'SELECT device_id FROM sendword.device')
    expect(devices).toEqual([{ device_id: 'device-kept' }])
  })
})

describe('a device that is removed', () => {
  test('is unknown to sends, takes its registrations with it, and leaves its results', async () => {
    await begin()
    await confirmedDevice(kit, key.deviceId)
    await send({ a: '1' })
    await kit.core.devices.remove(key)
    await expect(send({ a: '2' })).rejects.toMatchObject({ code: 'PUSH_DEVICE_UNKNOWN' })
    await expect(kit.core.devices.remove(key)).rejects.toMatchObject({ code: 'PUSH_DEVICE_UNKNOWN' })
    const [rows] = await query<{ registrations: number; results: number }>(
      kit.url,
      `SELECT (SELECT count(*)::int FROM sendword.registration) AS registrations,
              (SELECT count(*)::int FROM sendword.delivery) AS results`,
    )
    expect(rows).toEqual({ registrations: 0, results: 1 })
  })
})
