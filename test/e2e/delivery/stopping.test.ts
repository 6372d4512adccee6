// How a process that delivers ends.
import { afterEach, describe, expect, test } from 'vitest'
import { type CoreKit, confirmedDevice, createCoreKit } from '../../kit/core.ts'
import { adminQuery, databaseUrl } from '../../kit/postgres.ts'

let kit: CoreKit
afterEach(() => kit[Symbol.asyncDispose]())

const submit = (n: string) =>
  kit.core.messages.submit({ app: 'default', deviceId: 'device-0001', content: { data: { n } } })

describe('a worker that is told to stop', () => {
  test('finishes and records what is in flight', async () => {
    kit = await createCoreKit()
    const device = await confirmedDevice(kit, 'device-0001')
    kit.emulator.faults.add({ service: 'c2dm', effect: { kind: 'delay', ms: 100 } })
    const { id } = await submit('1')
    await device.nextMessage({ where: ({ data }) => data.n === '1' })
    await kit.core.close(20_000)
    const other = await kit.open({ options: { workers: false } })
    expect((await other.messages.view('default', id)).single?.outcome).toBe('accepted')
  })

  test('cuts short what outlasts the grace; another worker sends it again', async () => {
    kit = await createCoreKit()
    const device = await confirmedDevice(kit, 'device-0001')
    kit.emulator.faults.add({ service: 'c2dm', times: 1, effect: { kind: 'no-answer' } })
    const { id } = await submit('1')
    await kit.emulator.requests.next({ where: ({ outcome }) => outcome === 'no-answer', timeoutMs: 20_000 })
    await kit.core.close(0)
    const other = await kit.open()
    expect((await other.messages.settled(id, { timeout: 20_000 })).single?.outcome).toBe('accepted')
    expect(device.inbox.filter(({ data }) => data.n === '1')).toHaveLength(1)
  })

  test('ends although its database is gone', async () => {
    kit = await createCoreKit()
    const device = await confirmedDevice(kit, 'device-0001')
    kit.emulator.faults.add({ service: 'c2dm', effect: { kind: 'delay', ms: 300 } })
    await submit('1')
    await device.nextMessage({ where: ({ data }) => data.n === '1' })
    const name = new URL(kit.url).pathname.slice(1)
    await adminQuery(databaseUrl(kit.url, 'postgres'), `DROP DATABASE ${name} WITH (FORCE)`)
    await kit.core.close(1_000)
  })
})
