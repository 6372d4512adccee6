// Who may ask for how many confirmation pushes.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CoreKit, createCoreKit } from '../../kit/core.ts'
import { createShiftedClock, type ShiftedClock } from '../../kit/shifted-clock.ts'

let kit: CoreKit
let clock: ShiftedClock

beforeEach(async () => {
  clock = createShiftedClock()
  kit = await createCoreKit({
    clock,
    options: { workers: false, registration: { perDevice: 3, perAddress: 4, perClient: 6 } },
  })
})
afterEach(() => kit[Symbol.asyncDispose]())

const register = (deviceId: string, address: string, client: string) =>
  kit.core.devices.register({
    app: 'default',
    deviceId,
    address: { transport: 'c2dm', value: address },
    client,
    door: 'seed',
  })
const LIMITED = { code: 'PUSH_REQUEST_RATE_LIMITED' }

describe('registrations in an hour', () => {
  test('of one device are limited, whatever addresses and clients it uses; the answer says how long to wait', async () => {
    for (const n of [1, 2, 3]) await register('device-one', `address-${n}`, `192.0.2.${n}`)
    const refused = await register('device-one', 'address-4', '192.0.2.4').catch((error) => error)
    expect(refused).toMatchObject(LIMITED)
    expect(refused.retryAfterMs).toBeGreaterThan(3_500_000)
    expect(refused.retryAfterMs).toBeLessThanOrEqual(3_600_000)
    clock.advance(refused.retryAfterMs + 1)
    await register('device-one', 'address-4', '192.0.2.4')
  })

  test('of one address are limited, whatever devices claim it', async () => {
    for (const n of [1, 2, 3, 4]) await register(`device-000${n}`, 'one-address', `192.0.2.${n}`)
    await expect(register('device-0005', 'one-address', '192.0.2.5')).rejects.toMatchObject(LIMITED)
  })

  test('of one address are limited, also when they come at once', async () => {
    const asked = Array.from({ length: 20 }, (_, n) => register(`device-at-once-${n}`, 'one-address', `192.0.2.${n}`))
    const answers = await Promise.allSettled(asked)
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(4)
  })

  test('of one client that are never confirmed are limited; a /64 of IPv6 is one client', async () => {
    for (const n of [1, 2, 3, 4, 5, 6]) await register(`device-000${n}`, `address-${n}`, `2001:db8:0:1::${n}`)
    await expect(register('device-0007', 'address-7', '2001:db8:0:1:ffff::1')).rejects.toMatchObject(LIMITED)
    await register('device-0008', 'address-8', '2001:db8:0:2::1')
  })

  test('do not begin anew when the device is removed', async () => {
    for (const n of [1, 2, 3]) await register('device-one', `address-${n}`, `192.0.2.${n}`)
    await kit.core.devices.remove({ app: 'default', deviceId: 'device-one' })
    await expect(register('device-one', 'address-4', '192.0.2.4')).rejects.toMatchObject(LIMITED)
  })
})
