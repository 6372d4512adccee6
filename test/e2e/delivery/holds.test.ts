// What makes all of an app's sends wait, and what lets them go again.
import { afterEach, describe, expect, test } from 'vitest'
import type { LogFields, Logger } from '../../../src/util/logger.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { type CoreKit, type CoreOptions, confirmedDevice, createCoreKit, emulatedC2dm } from '../../kit/core.ts'
import { eventually } from '../../kit/query.ts'

let kit: CoreKit
afterEach(() => kit[Symbol.asyncDispose]())
const begin = async (options?: CoreOptions) => {
  kit = await createCoreKit(options)
}
const submit = (deviceId: string, n: string) =>
  kit.core.messages.submit({ app: 'default', deviceId, content: { data: { n } } })
const settled = async (id: string) => (await kit.core.messages.settled(id, { timeout: 25_000 })).single?.outcome
const sends = () => kit.emulator.requests.count('c2dm')

describe('a service that asks for a pause', () => {
  test.each([
    ['seconds', 2],
    ['an HTTP-date', 'date:2000'],
  ] as const)('in %s is asked for nothing meanwhile, by any worker', async (_, retryAfter) => {
    await begin()
    for (const n of [1, 2, 3]) await confirmedDevice(kit, `device-000${n}`)
    await kit.open()
    const before = sends()
    kit.emulator.faults.add({ service: 'c2dm', times: 1, effect: { kind: 'status', status: 503, retryAfter } })
    const first = await submit('device-0001', '1')
    await eventually(
      () => kit.core.pauses.list('default'),
      (holds) => holds.length === 1,
    )
    const later = [await submit('device-0002', '2'), await submit('device-0003', '3')]
    const holds = await kit.core.pauses.list('default')
    expect(holds).toMatchObject([{ kind: 'deferred', transport: 'c2dm' }])
    expect(sends()).toBe(before + 1)
    for (const { id } of [first, ...later]) expect(await settled(id)).toBe('accepted')
    expect(sends()).toBe(before + 4)
  })
})

describe('a token that is refused and cannot be renewed', () => {
  test('pauses the transport, spares the devices, and goes on with a credential that works', async () => {
    await begin()
    await confirmedDevice(kit, 'device-0001')
    await kit.core.close(5_000)
    const { url, clientLoginUrl } = emulatedC2dm(kit.emulator)
    const core = await kit.open({
      options: { apps: { default: { c2dm: { token: 'outdated', url, clientLoginUrl } } } },
    })
    const paused: string[] = []
    core.events.on('transport.paused', ({ reason }) => paused.push(reason))
    const ids = []
    for (const n of ['1', '2', '3']) {
      ids.push((await core.messages.submit({ app: 'default', deviceId: 'device-0001', content: { data: { n } } })).id)
    }
    await eventually(
      () => core.pauses.list('default'),
      (holds) => holds.some(({ kind }) => kind === 'unauthorized'),
    )
    expect(await core.devices.view({ app: 'default', deviceId: 'device-0001' })).toMatchObject({ failed: false })
    expect(paused).toHaveLength(1)
    await core.close(5_000)

    const mended = await kit.open()
    for (const id of ids) {
      const { single } = await mended.messages.settled(id, { timeout: 25_000 })
      expect(single).toMatchObject({ outcome: 'accepted', attempts: 1 })
    }
    expect(await mended.pauses.list('default')).toEqual([])
  })
})

describe('a password that ClientLogin refuses', () => {
  test('is tried once, and again only after an operator resumes', async () => {
    await begin({ options: { workers: false } })
    kit.emulator.faults.add({ service: 'client-login', effect: { kind: 'error', code: 'BadAuthentication' } })
    const device = kit.emulator.devices.create()
    const core = await kit.open({ options: { workers: true } })
    await core.devices.register({
      app: 'default',
      deviceId: 'device-0001',
      address: { transport: 'c2dm', value: device.registrationId },
      client: '::1',
      door: 'seed',
    })
    await eventually(
      () => core.pauses.list('default'),
      (holds) => holds.some(({ kind }) => kind === 'unauthorized'),
    )
    await core.close(5_000)
    const again = await kit.open({ options: { workers: true } })
    expect(kit.emulator.requests.count('client-login')).toBe(1)
    kit.emulator.faults.clear()
    expect(await again.pauses.resume('default', 'c2dm')).toBe(true)
    await device.nextMessage({ where: ({ data }) => 'registration_token' in data })
  })
})

describe('a process that lacks the secret of a sealed token', () => {
  test('rejects no message for that: another process, or a restart with the secret, sends it', async () => {
    await begin()
    await confirmedDevice(kit, 'device-0001')
    await kit.core.close(5_000)
    const apps = { default: { c2dm: emulatedC2dm(kit.emulator) } }
    const faults: unknown[] = []
    const logger = { ...silentLogger, error: (_: string, fields?: LogFields) => void faults.push(fields?.error) }
    const without = await kit.open({ options: { apps, secret: undefined as never }, logger: withChildren(logger) })
    const { id } = await without.messages.submit({
      app: 'default',
      deviceId: 'device-0001',
      content: { data: { n: '1' } },
    })
    await eventually(
      async () => faults.length,
      (count) => count > 3,
    )
    expect(faults[0]).toMatchObject({ code: 'PUSH_CONFIG_SECRET_MISSING' })
    expect((await without.messages.view('default', id)).single).toBeUndefined()
    await without.close(5_000)
    const mended = await kit.open()
    expect((await mended.messages.settled(id, { timeout: 25_000 })).single?.outcome).toBe('accepted')
  })
})

function withChildren(logger: Logger): Logger {
  return { ...logger, child: () => withChildren(logger) }
}
