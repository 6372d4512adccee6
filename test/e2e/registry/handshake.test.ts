// The handshake: what proves an address, what does not, and what is in force meanwhile.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { VirtualDevice } from '../../../src/emulator/create-emulator.ts'
import { type CoreKit, confirmedDevice, createCoreKit } from '../../kit/core.ts'
import { dumpText, eventually, query } from '../../kit/query.ts'
import { createShiftedClock } from '../../kit/shifted-clock.ts'

const HOUR_MS = 3_600_000
const REFUSED = expect.objectContaining({ code: 'PUSH_CONFIRMATION_REFUSED' })

const clock = createShiftedClock()
let kit: CoreKit
let count = 0
const newDeviceId = () => `handshake-${++count}`

beforeAll(async () => {
  kit = await createCoreKit({ clock })
})
afterAll(() => kit[Symbol.asyncDispose]())

const register = (deviceId: string, device: VirtualDevice, client = '192.0.2.1') =>
  kit.core.devices.register({
    app: 'default',
    deviceId,
    address: { transport: 'c2dm', value: device.registrationId },
    client,
    door: 'seed',
  })
const confirm = (deviceId: string, confirmationToken: string) =>
  kit.core.devices.confirm({ app: 'default', deviceId, confirmationToken, door: 'seed' })
const view = (deviceId: string) => kit.core.devices.view({ app: 'default', deviceId })
const send = async (deviceId: string, data: Record<string, string>) => {
  const { id } = await kit.core.messages.submit({ app: 'default', deviceId, content: { data } })
  return await kit.core.messages.settled(id, { timeout: 20_000 })
}

/** The secret of the push after the `after`th message. */
async function secretOf(device: VirtualDevice, after = 0): Promise<string> {
  const push = await device.nextMessage({ after, where: ({ data }) => 'registration_token' in data })
  return push.data.registration_token ?? ''
}

describe('the confirmation push', () => {
  test('carries a secret of 24 characters under registration_token, collapses, and waits while idle', async () => {
    const device = kit.emulator.devices.create()
    await register(newDeviceId(), device)
    const push = await device.nextMessage()
    expect(push.data.registration_token).toMatch(/^[A-Za-z0-9_-]{24}$/)
    expect(push).toMatchObject({ collapseKey: 'registration_token', delayWhileIdle: true })
    expect(Object.keys(push.data)).toEqual(['registration_token'])
  })

  test('leaves its secret nowhere in the database, before and after it is confirmed', async () => {
    const device = kit.emulator.devices.create()
    const deviceId = newDeviceId()
    await register(deviceId, device)
    const secret = await secretOf(device)
    expect(await dumpText(kit.url)).not.toContain(secret)
    await confirm(deviceId, secret)
    expect(await dumpText(kit.url)).not.toContain(secret)
  })

  test('goes to the registration’s own address even when the device has failed, and clears the failure', async () => {
    const deviceId = newDeviceId()
    const dead = await confirmedDevice(kit, deviceId)
    dead.state = 'unregistered'
    expect((await send(deviceId, { a: '1' })).single?.outcome).toBe('unregistered')
    expect(await view(deviceId)).toMatchObject({ failed: true, failedReason: 'NotRegistered' })
    const fresh = kit.emulator.devices.create()
    await register(deviceId, fresh)
    await confirm(deviceId, await secretOf(fresh))
    expect(await view(deviceId)).toMatchObject({ failed: false, failedReason: undefined, state: 'active' })
  })

  test('that finds its address dead fails the registration, and never the device', async () => {
    const deviceId = newDeviceId()
    const live = await confirmedDevice(kit, deviceId)
    const dead = kit.emulator.devices.create({ state: 'unregistered' })
    await register(deviceId, dead)
    const rows = await eventually(
      () =>
        query<{ state: string; failed_reason: string | null }>(
          kit.url,
          `SELECT r.state, r.failed_reason FROM sendword.registration r JOIN sendword.device d ON d.id = r.device
            WHERE d.device_id = $1 ORDER BY r.created_at DESC LIMIT 1`,
          [deviceId],
        ),
      (found) => found[0]?.state !== 'pending',
    )
    expect(rows[0]).toEqual({ state: 'expired', failed_reason: 'NotRegistered' })
    expect(await view(deviceId)).toMatchObject({ failed: false, state: 'active' })
    expect((await send(deviceId, { still: 'here' })).single?.outcome).toBe('accepted')
    expect(live.inbox.some(({ data }) => data.still === 'here')).toBe(true)
  })
})

describe('until a registration is confirmed', () => {
  test('a new device is pending and cannot be sent to', async () => {
    const deviceId = newDeviceId()
    await register(deviceId, kit.emulator.devices.create())
    expect(await view(deviceId)).toMatchObject({ state: 'pending', confirmedAt: undefined })
    await expect(send(deviceId, { a: '1' })).rejects.toMatchObject({ code: 'PUSH_DEVICE_PENDING' })
  })

  test('the old address stays in use; once it is, the new one takes its place', async () => {
    const deviceId = newDeviceId()
    const old = await confirmedDevice(kit, deviceId)
    const fresh = kit.emulator.devices.create()
    await register(deviceId, fresh)
    const secret = await secretOf(fresh)
    await send(deviceId, { n: 'one' })
    await confirm(deviceId, secret)
    await send(deviceId, { n: 'two' })
    expect(old.inbox.map(({ data }) => data.n)).toContain('one')
    expect(old.inbox.map(({ data }) => data.n)).not.toContain('two')
    expect(fresh.inbox.map(({ data }) => data.n)).toContain('two')
  })

  test('a message that was accepted before the change goes to the address that is live when it is sent', async () => {
    const deviceId = newDeviceId()
    const old = await confirmedDevice(kit, deviceId)
    old.state = 'throttled'
    const { id } = await kit.core.messages.submit({ app: 'default', deviceId, content: { data: { n: 'late' } } })
    const fresh = kit.emulator.devices.create()
    await register(deviceId, fresh)
    await confirm(deviceId, await secretOf(fresh))
    await kit.core.messages.settled(id, { timeout: 20_000 })
    expect(fresh.inbox.map(({ data }) => data.n)).toContain('late')
  })
})

describe('a registration of the same address again', () => {
  test('adds an attempt while it is pending: each secret that was pushed confirms', async () => {
    const device = kit.emulator.devices.create()
    const deviceId = newDeviceId()
    await register(deviceId, device)
    const first = await device.nextMessage()
    await register(deviceId, device)
    const second = await device.nextMessage({ after: first.sequence })
    expect(second.data.registration_token).not.toBe(first.data.registration_token)
    await confirm(deviceId, first.data.registration_token ?? '')
    await confirm(deviceId, second.data.registration_token ?? '')
    expect(await view(deviceId)).toMatchObject({ state: 'active' })
  })

  test('sends nothing while it is live, and tells when the device was last seen', async () => {
    const deviceId = newDeviceId()
    const device = await confirmedDevice(kit, deviceId)
    const before = await view(deviceId)
    clock.advance(60_000)
    expect(await register(deviceId, device)).toBe('refreshed')
    expect((await view(deviceId)).lastSeenAt.getTime()).toBeGreaterThanOrEqual(before.lastSeenAt.getTime() + 60_000)
    await send(deviceId, { marker: '1' })
    expect(device.inbox).toHaveLength(2)
  })

  test('withdraws a claim to another address that somebody made meanwhile', async () => {
    const deviceId = newDeviceId()
    const device = await confirmedDevice(kit, deviceId)
    const other = kit.emulator.devices.create()
    await register(deviceId, other)
    const secret = await secretOf(other)
    await register(deviceId, device)
    await expect(confirm(deviceId, secret)).rejects.toEqual(REFUSED)
  })
})

describe('a registration of another address', () => {
  test('supersedes the pending one', async () => {
    const deviceId = newDeviceId()
    const first = kit.emulator.devices.create()
    const second = kit.emulator.devices.create()
    await register(deviceId, first)
    const firstSecret = await secretOf(first)
    await register(deviceId, second)
    const secondSecret = await secretOf(second)
    await expect(confirm(deviceId, firstSecret)).rejects.toEqual(REFUSED)
    await confirm(deviceId, secondSecret)
  })
})

describe('a confirmation', () => {
  test('may be repeated while its registration is the current one', async () => {
    const device = kit.emulator.devices.create()
    const deviceId = newDeviceId()
    await register(deviceId, device)
    const secret = await secretOf(device)
    await confirm(deviceId, secret)
    await confirm(deviceId, secret)
  })

  test('is refused once another registration took its place', async () => {
    const deviceId = newDeviceId()
    const first = kit.emulator.devices.create()
    await register(deviceId, first)
    const old = await secretOf(first)
    await confirm(deviceId, old)
    const second = kit.emulator.devices.create()
    await register(deviceId, second)
    await confirm(deviceId, await secretOf(second))
    await expect(confirm(deviceId, old)).rejects.toEqual(REFUSED)
  })

  test('is refused after its registration expired, pending or confirmed', async () => {
    const [pending, confirmed] = [newDeviceId(), newDeviceId()]
    const devices = [kit.emulator.devices.create(), kit.emulator.devices.create()] as const
    await register(pending, devices[0])
    await register(confirmed, devices[1])
    const secrets = [await secretOf(devices[0]), await secretOf(devices[1])] as const
    await confirm(confirmed, secrets[1])
    clock.advance(HOUR_MS + 1)
    await expect(confirm(pending, secrets[0])).rejects.toEqual(REFUSED)
    await expect(confirm(confirmed, secrets[1])).rejects.toEqual(REFUSED)
    expect(await view(confirmed)).toMatchObject({ state: 'active' })
  })

  test('is refused once the address was found dead: the device must register anew', async () => {
    const device = kit.emulator.devices.create()
    const deviceId = newDeviceId()
    await register(deviceId, device)
    const secret = await secretOf(device)
    await confirm(deviceId, secret)
    device.state = 'unregistered'
    await send(deviceId, { a: '1' })
    await expect(confirm(deviceId, secret)).rejects.toEqual(REFUSED)
    expect(await view(deviceId)).toMatchObject({ failed: true })
  })

  test('with another device’s token is refused', async () => {
    const [one, two] = [newDeviceId(), newDeviceId()]
    const devices = [kit.emulator.devices.create(), kit.emulator.devices.create()] as const
    await register(one, devices[0])
    await register(two, devices[1])
    const secret = await secretOf(devices[0])
    await secretOf(devices[1])
    await expect(confirm(two, secret)).rejects.toEqual(REFUSED)
    await confirm(one, secret)
  })

  test('of a device that never registered is refused in the same words', async () => {
    await expect(confirm('never-registered', 'A'.repeat(24))).rejects.toEqual(REFUSED)
  })

  test('is refused after too many wrong guesses, even with the right token', async () => {
    const device = kit.emulator.devices.create()
    const deviceId = newDeviceId()
    await register(deviceId, device)
    const secret = await secretOf(device)
    for (let guess = 0; guess < 4; guess++) await expect(confirm(deviceId, `wrong-${guess}`)).rejects.toEqual(REFUSED)
    await confirm(deviceId, secret)

    const again = kit.emulator.devices.create()
    await register(deviceId, again)
    const next = await secretOf(again)
    for (let guess = 0; guess < 5; guess++) await expect(confirm(deviceId, `wrong-${guess}`)).rejects.toEqual(REFUSED)
    await expect(confirm(deviceId, next)).rejects.toEqual(REFUSED)
    await register(deviceId, again)
    await confirm(deviceId, await secretOf(again, 1))
  })

  test('counts once when it comes many times at once', async () => {
    const device = kit.emulator.devices.create()
    const deviceId = newDeviceId()
    await register(deviceId, device)
    const secret = await secretOf(device)
    await Promise.all(Array.from({ length: 20 }, () => confirm(deviceId, secret)))
    expect(await view(deviceId)).toMatchObject({ state: 'active' })
  })
})

describe('an address that another device holds', () => {
  test('goes to the one that proves it; the other is failed until it registers anew', async () => {
    const [holder, claimer] = [newDeviceId(), newDeviceId()]
    const device = await confirmedDevice(kit, holder)
    const taken: string[] = []
    const stop = kit.core.events.on('device.address-taken', ({ deviceId }) => taken.push(deviceId))
    await register(claimer, device)
    expect(await view(holder)).toMatchObject({ failed: false })
    await confirm(claimer, await secretOf(device, 1))
    stop()
    expect(taken).toEqual([holder])
    expect(await view(holder)).toMatchObject({ failed: true, failedReason: 'AddressTaken' })
    await expect(send(holder, { a: '1' })).rejects.toMatchObject({ code: 'PUSH_DEVICE_FAILED' })
    expect((await send(claimer, { a: '1' })).single?.outcome).toBe('accepted')
  })

  test('two devices that confirm each other’s addresses at once both end with what they proved', async () => {
    const [a, b] = [newDeviceId(), newDeviceId()]
    const deviceA = await confirmedDevice(kit, a)
    const deviceB = await confirmedDevice(kit, b)
    await register(a, deviceB)
    await register(b, deviceA)
    const secrets = [await secretOf(deviceB, 1), await secretOf(deviceA, 1)] as const
    await Promise.all([confirm(a, secrets[0]), confirm(b, secrets[1])])
    await send(a, { to: 'a' })
    await send(b, { to: 'b' })
    expect(deviceB.inbox.map(({ data }) => data.to)).toContain('a')
    expect(deviceA.inbox.map(({ data }) => data.to)).toContain('b')
  })
})

describe('many registrations of one new device at once', () => {
  test('make one device and one pending registration', async () => {
    const deviceId = newDeviceId()
    const device = kit.emulator.devices.create()
    await Promise.all(Array.from({ length: 8 }, () => register(deviceId, device)))
    const rows = await query<{ registrations: number }>(
      kit.url,
      `SELECT count(*)::int AS registrations FROM sendword.registration r JOIN sendword.device d ON d.id = r.device
        WHERE d.device_id = $1 AND r.state = 'pending'`,
      [deviceId],
    )
    expect(rows[0]?.registrations).toBe(1)
    await confirm(deviceId, await secretOf(device))
  })
})
