import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEmulator, type Emulator, type VirtualDevice } from '../../../src/emulator/create-emulator.ts'
import { createDeviceTable } from '../../../src/emulator/devices/device-table.ts'
import { login, send } from './client.ts'
import { surroundings } from './device-surroundings.ts'

let emulator: Emulator
let token: string
let phone: VirtualDevice

beforeEach(async () => {
  emulator = await createEmulator()
  token = await login(emulator)
  phone = emulator.devices.create()
})
afterEach(() => emulator.close())

async function push(n: number, collapseKey = 'k', delayWhileIdle = false): Promise<void> {
  await send(emulator, { token, to: phone.registrationId, data: { n: String(n) }, collapseKey, delayWhileIdle })
}
const arrived = () => phone.inbox.map(({ data }) => Number(data.n))

describe('A virtual device', () => {
  it('has a short id and an address that looks like a real one', () => {
    expect(phone).toMatchObject({ id: 'd1', service: 'c2dm', state: 'active', inbox: [], waiting: 0 })
    expect(phone.registrationId).toMatch(/^APA91b[\w-]{114}$/)
    expect(emulator.devices.create().registrationId).not.toBe(phone.registrationId)
  })

  it('is found by either id', () => {
    expect(emulator.devices.get('d1')).toBe(phone)
    expect(emulator.devices.get(phone.registrationId)).toBe(phone)
    expect(emulator.devices.list()).toEqual([phone])
  })

  it('gets each message while it is active, also with one collapse key', async () => {
    for (const n of [1, 2, 3]) await push(n)
    expect(arrived()).toEqual([1, 2, 3])
    expect(phone.inbox.map(({ sequence }) => sequence)).toEqual([1, 2, 3])
  })

  it('gets the newest per collapse key when it comes back, in the order they were received', async () => {
    phone.state = 'offline'
    await push(1, 'a')
    await push(2, 'b')
    await push(3, 'a')
    await push(4, 'c')
    expect(phone).toMatchObject({ inbox: [], waiting: 3 })
    phone.state = 'active'
    expect(arrived()).toEqual([2, 3, 4])
    expect(phone.waiting).toBe(0)
  })

  it('gets messages with delay_while_idle only once it is active', async () => {
    phone.state = 'idle'
    await push(1, 'a', true)
    await push(2, 'b', false)
    await push(3, 'a', true)
    expect(arrived()).toEqual([2])
    phone.state = 'active'
    expect(arrived()).toEqual([2, 3])
  })

  it('loses a waiting message to a newer one of its key that reaches it', async () => {
    phone.state = 'idle'
    await push(1, 'a', true)
    await push(2, 'a', false)
    phone.state = 'active'
    expect(arrived()).toEqual([2])
  })

  it('keeps what waits through a throttled time, and loses it when the app is removed', async () => {
    phone.state = 'offline'
    await push(1)
    phone.state = 'throttled'
    phone.state = 'active'
    expect(arrived()).toEqual([1])
    phone.state = 'offline'
    await push(2)
    phone.state = 'unregistered'
    phone.state = 'active'
    expect(arrived()).toEqual([1])
  })

  it('keeps the newest 10,000 messages, and the newest 10,000 collapse keys while it waits', () => {
    const device = createDeviceTable(surroundings()).create({ state: 'offline' })
    const take = (n: number) =>
      device.take({ providerId: `0:${n}%0`, data: {}, collapseKey: `k${n}`, delayWhileIdle: false })
    for (let n = 1; n <= 10_050; n++) take(n)
    expect(device.waiting).toBe(10_000)
    device.state = 'active'
    expect(device.inbox[0]?.collapseKey).toBe('k51')
    for (let n = 1; n <= 10_050; n++) take(n)
    expect(device.inbox).toHaveLength(10_000)
    expect(device.inbox[0]).toMatchObject({ sequence: 10_051, collapseKey: 'k51' })
    expect(device.inbox.at(-1)).toMatchObject({ sequence: 20_050, collapseKey: 'k10050' })
  })

  it.each([
    ['an empty registration id', { registrationId: '' }, 'EMULATOR_INPUT'],
    ['a registration id of 4097 bytes', { registrationId: 'x'.repeat(4097) }, 'EMULATOR_INPUT'],
    ['a lone surrogate', { registrationId: 'a\ud800' }, 'EMULATOR_INPUT'],
    ['a registration id like a short id', { registrationId: 'd7' }, 'EMULATOR_INPUT'],
    ['an unknown state', { state: 'asleep' }, 'EMULATOR_INPUT'],
    ['another service', { service: 'gcm' }, 'EMULATOR_INPUT'],
  ])('cannot be created with %s', (_case, input, code) => {
    // @ts-expect-error: what a caller without types may pass.
    expect(() => emulator.devices.create(input)).toThrow(expect.objectContaining({ code }))
    expect(emulator.devices.list()).toHaveLength(1)
  })

  it('cannot be created twice', () => {
    const twice = () => emulator.devices.create({ registrationId: phone.registrationId })
    expect(twice).toThrow(expect.objectContaining({ code: 'EMULATOR_CONFLICT' }))
  })

  it('is unknown once removed: a send is answered InvalidRegistration, and a wait ends', async () => {
    const wait = phone.nextMessage()
    expect(emulator.devices.remove(phone.id)).toBe(true)
    expect(emulator.devices.remove(phone.id)).toBe(false)
    await expect(wait).rejects.toMatchObject({ code: 'EMULATOR_CLOSED' })
    await expect(phone.nextMessage()).rejects.toMatchObject({ code: 'EMULATOR_CLOSED' })
    const answer = await send(emulator, { token, to: phone.registrationId })
    expect(answer.body).toBe('Error=InvalidRegistration\n')
  })
})

describe('nextMessage', () => {
  it('resolves with the oldest message that fits, or with the first that arrives', async () => {
    const first = phone.nextMessage()
    const third = phone.nextMessage({ where: ({ data }) => data.n === '3' })
    const afterTwo = phone.nextMessage({ after: 2 })
    for (const n of [1, 2, 3]) await push(n)
    expect((await first).sequence).toBe(1)
    expect((await third).sequence).toBe(3)
    expect((await afterTwo).sequence).toBe(3)
    expect((await phone.nextMessage({ after: 1 })).sequence).toBe(2)
  })

  it('keeps counting after the inbox was cleared', async () => {
    await push(1)
    phone.clearInbox()
    expect(phone).toMatchObject({ inbox: [], lastSequence: 1 })
    await push(2)
    expect(await phone.nextMessage()).toMatchObject({ sequence: 2, data: { n: '2' } })
    expect(await phone.nextMessage({ after: 1 })).toMatchObject({ sequence: 2 })
  })

  it('rejects when nothing fits in time, and says what came', async () => {
    await push(1)
    const wait = phone.nextMessage({ where: () => false, timeoutMs: 1 })
    await expect(wait).rejects.toMatchObject({
      code: 'EMULATOR_TIMEOUT',
      message: expect.stringContaining('inbox of d1'),
    })
  })

  it('rejects with the signal’s reason', async () => {
    const stop = new AbortController()
    const wait = phone.nextMessage({ signal: stop.signal })
    const reason = new Error('enough')
    stop.abort(reason)
    await expect(wait).rejects.toBe(reason)
    await expect(phone.nextMessage({ signal: stop.signal })).rejects.toBe(reason)
  })

  it('rejects when its predicate throws, and the sender is answered all the same', async () => {
    const wait = phone.nextMessage({
      where() {
        throw new Error('mine')
      },
    })
    const answer = send(emulator, { token, to: phone.registrationId })
    await expect(wait).rejects.toThrow('mine')
    expect(await answer).toMatchObject({ status: 200 })
  })
})
