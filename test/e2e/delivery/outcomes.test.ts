// What each answer of the push service means for the message and for the device.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type CoreKit, confirmedDevice, createCoreKit } from '../../kit/core.ts'

let kit: CoreKit
let count = 0
beforeAll(async () => {
  kit = await createCoreKit()
})
afterEach(() => kit.emulator.faults.clear())
afterAll(() => kit[Symbol.asyncDispose]())

const newDevice = async () => {
  const deviceId = `outcome-${++count}`
  return { deviceId, device: await confirmedDevice(kit, deviceId) }
}
const submit = (deviceId: string, data: Record<string, string>, ttl?: number) =>
  kit.core.messages.submit({ app: 'default', deviceId, content: { data }, ttl })
const settle = async (deviceId: string, data: Record<string, string> = { a: '1' }, ttl?: number) => {
  const { id } = await submit(deviceId, data, ttl)
  return await kit.core.messages.settled(id, { timeout: 25_000 })
}

describe('a send', () => {
  test.each(['InvalidRegistration', 'NotRegistered', 'MismatchSenderId'] as const)(
    'that is answered %s ends as unregistered and marks the device failed',
    async (code) => {
      const { deviceId, device } = await newDevice()
      kit.emulator.faults.add({
        service: 'c2dm',
        registrationId: device.registrationId,
        effect: { kind: 'error', code },
      })
      expect((await settle(deviceId)).single).toMatchObject({ outcome: 'unregistered', reason: code })
      expect(await kit.core.devices.view({ app: 'default', deviceId })).toMatchObject({
        failed: true,
        failedReason: code,
      })
      await expect(submit(deviceId, { a: '1' })).rejects.toMatchObject({ code: 'PUSH_DEVICE_FAILED' })
    },
  )

  test.each(['MessageTooBig', 'MissingCollapseKey', 'MissingRegistration'] as const)(
    'that is answered %s ends as rejected and spares the device',
    async (code) => {
      const { deviceId, device } = await newDevice()
      kit.emulator.faults.add({
        service: 'c2dm',
        registrationId: device.registrationId,
        effect: { kind: 'error', code },
      })
      expect((await settle(deviceId)).single).toMatchObject({ outcome: 'rejected', reason: code })
      expect(await kit.core.devices.view({ app: 'default', deviceId })).toMatchObject({ failed: false })
    },
  )

  test('that is throttled for the device is repeated until it goes through', async () => {
    const { deviceId, device } = await newDevice()
    kit.emulator.faults.add({
      service: 'c2dm',
      registrationId: device.registrationId,
      times: 3,
      effect: { kind: 'error', code: 'DeviceQuotaExceeded' },
    })
    expect((await settle(deviceId)).single).toMatchObject({ outcome: 'accepted', attempts: 4 })
  })

  test('whose answer never comes is made again: it arrives twice at most, and is recorded once', async () => {
    const { deviceId, device } = await newDevice()
    kit.emulator.faults.add({
      service: 'c2dm',
      registrationId: device.registrationId,
      times: 1,
      effect: { kind: 'reset', delivers: true },
    })
    expect((await settle(deviceId, { once: 'more' })).single).toMatchObject({ outcome: 'accepted', attempts: 2 })
    expect(device.inbox.filter(({ data }) => data.once === 'more')).toHaveLength(2)
  })

  test('that is answered with what no table lists is repeated twice, then rejected', async () => {
    const { deviceId, device } = await newDevice()
    kit.emulator.faults.add({
      service: 'c2dm',
      registrationId: device.registrationId,
      effect: { kind: 'status', status: 418, body: 'teapot' },
    })
    const { single } = await settle(deviceId)
    expect(single).toMatchObject({ outcome: 'rejected', attempts: 3 })
    expect(single?.reason).toMatch(/^unknown: /)
  })

  test('is never repeated past the message’s expiry', async () => {
    const { deviceId, device } = await newDevice()
    device.state = 'throttled'
    expect((await settle(deviceId, { a: '1' }, 1)).single).toMatchObject({
      outcome: 'expired',
      reason: 'DeviceQuotaExceeded',
    })
  })

  test('of a message with ttl 0 is made once', async () => {
    const { deviceId, device } = await newDevice()
    expect((await settle(deviceId, { a: '1' }, 0)).single).toMatchObject({ outcome: 'accepted', attempts: 1 })
    device.state = 'throttled'
    expect((await settle(deviceId, { a: '1' }, 0)).single).toMatchObject({ outcome: 'expired', attempts: 1 })
  })
})

describe('a message', () => {
  test('of more than 1024 bytes is refused on accept, with what is how long', async () => {
    const { deviceId } = await newDevice()
    const refused = await submit(deviceId, { text: 'x'.repeat(1100) }).catch((error) => error)
    expect(refused).toMatchObject({ code: 'PUSH_MESSAGE_TOO_BIG' })
    expect(refused.message).toMatch(/1024/)
    expect(refused.message).toMatch(/text/)
  })

  test('without a collapse key never collapses', async () => {
    const { deviceId, device } = await newDevice()
    device.state = 'offline'
    await settle(deviceId, { n: '1' })
    await settle(deviceId, { n: '2' })
    device.state = 'active'
    await device.nextMessage({ where: ({ data }) => data.n === '2' })
    expect(device.inbox.flatMap(({ data }) => data.n ?? [])).toEqual(['1', '2'])
  })

  test('that is waited for with a short time limit rejects with a stable code; with a signal, with AbortError', async () => {
    const { deviceId, device } = await newDevice()
    device.state = 'throttled'
    const { id } = await submit(deviceId, { a: '1' }, 2)
    await expect(kit.core.messages.settled(id, { timeout: 1 })).rejects.toMatchObject({
      code: 'PUSH_MESSAGE_UNSETTLED',
    })
    const abort = new AbortController()
    const waiting = kit.core.messages.settled(id, { signal: abort.signal })
    abort.abort()
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
    await expect(kit.core.messages.settled('01890000-0000-7000-8000-000000000000')).rejects.toMatchObject({
      code: 'PUSH_MESSAGE_UNKNOWN',
    })
    await kit.core.messages.settled(id)
  })

  test('reaches its device from another process that only accepts', async () => {
    const { deviceId, device } = await newDevice()
    const web = await kit.open({ options: { workers: false } })
    const { id } = await web.messages.submit({ app: 'default', deviceId, content: { data: { from: 'web' } } })
    expect((await web.messages.settled(id, { timeout: 20_000 })).single?.outcome).toBe('accepted')
    expect(device.inbox.at(-1)?.data).toEqual({ from: 'web' })
  })
})
