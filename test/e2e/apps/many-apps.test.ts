// Two apps in one process, each with its own push service and credential.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createServer } from '../../../src/http/server.ts'
import { eventually } from '../../kit/query.ts'
import { createShiftedClock } from '../../kit/shifted-clock.ts'
import { type AppsKit, confirmedDeviceOf, createAppsKit, on, outcomeOf, submitTo, withPassword } from './apps-kit.ts'

const DEVICE = 'device-0001'

let kit: AppsKit
beforeEach(async () => {
  kit = await createAppsKit()
})
afterEach(() => kit[Symbol.asyncDispose]())

describe('two apps', () => {
  test('may each have a device of the same id, and each message goes to its own', async () => {
    const core = await kit.open({ default: on(kit.first), shop: on(kit.second) })
    const mine = await confirmedDeviceOf({ core, emulator: kit.first, app: 'default' }, DEVICE)
    const theirs = await confirmedDeviceOf({ core, emulator: kit.second, app: 'shop' }, DEVICE)
    await submitTo(core, 'default', DEVICE, 'mine')
    await submitTo(core, 'shop', DEVICE, 'theirs')
    expect((await mine.nextMessage({ where: ({ data }) => 'n' in data })).data).toEqual({ n: 'mine' })
    expect((await theirs.nextMessage({ where: ({ data }) => 'n' in data })).data).toEqual({ n: 'theirs' })
    await core.devices.remove({ app: 'shop', deviceId: DEVICE })
    expect(await core.devices.view({ app: 'default', deviceId: DEVICE })).toMatchObject({ state: 'active' })
  })

  test('do not share a pause: the one with a refused credential waits, the other sends', async () => {
    const core = await kit.open({ default: on(kit.first), shop: withPassword(kit.second, 'not the password') })
    await confirmedDeviceOf({ core, emulator: kit.first, app: 'default' }, DEVICE)
    await core.devices.register({
      app: 'shop',
      deviceId: DEVICE,
      address: { transport: 'c2dm', value: kit.second.devices.create().registrationId },
      client: '192.0.2.1',
      door: 'seed',
    })
    const holds = await eventually(
      () => core.pauses.list('shop'),
      (found) => found.length > 0,
    )
    expect(holds).toMatchObject([{ app: 'shop', transport: 'c2dm', kind: 'unauthorized' }])
    const { id } = await submitTo(core, 'default', DEVICE, '1')
    expect(await outcomeOf(core, id)).toBe('accepted')
    expect(await core.pauses.list('default')).toEqual([])
  })

  test('have their doors at their own paths, and an app that is not configured has none', async () => {
    const core = await kit.open({ default: on(kit.first), shop: on(kit.second), plain: {} })
    const server = await createServer(core, { host: '127.0.0.1', port: 0 })
    try {
      const [mine, theirs] = [kit.first.devices.create(), kit.second.devices.create()]
      await mine.handshake({ url: `${server.url}/c2dm`, deviceId: DEVICE })
      await theirs.handshake({ url: `${server.url}/apps/shop/c2dm`, deviceId: DEVICE })
      const status = async (path: string) => (await fetch(`${server.url}${path}/registration`)).status
      expect(await status('/apps/shop/c2dm')).toBe(400)
      expect(await status('/apps/default/c2dm')).toBe(404)
      expect(await status('/apps/plain/c2dm')).toBe(404)
      expect(await status('/apps/unknown/c2dm')).toBe(404)
    } finally {
      await server.close(0)
    }
  })

  test('know no third', async () => {
    const core = await kit.open({ default: on(kit.first), shop: on(kit.second) })
    await expect(submitTo(core, 'other', DEVICE, '1')).rejects.toMatchObject({ code: 'PUSH_APP_UNKNOWN' })
  })
})

describe('two workers of different configuration on one database', () => {
  test('do not delay each other’s messages', async () => {
    const mine = await kit.open({ default: on(kit.first) })
    const theirs = await kit.open({ shop: on(kit.second) })
    const since = performance.now()
    const devices = [
      await confirmedDeviceOf({ core: mine, emulator: kit.first, app: 'default' }, DEVICE),
      await confirmedDeviceOf({ core: theirs, emulator: kit.second, app: 'shop' }, DEVICE),
    ]
    expect(devices).toHaveLength(2)
    const ids: string[] = []
    for (let n = 0; n < 50; n++) {
      ids.push(
        (await submitTo(mine, 'default', DEVICE, `${n}`)).id,
        (await submitTo(theirs, 'shop', DEVICE, `${n}`)).id,
      )
    }
    for (const id of ids) expect(await outcomeOf(mine, id)).toBe('accepted')
    // A message that its first worker puts back for a time would make this ten seconds and more.
    expect(performance.now() - since).toBeLessThan(9_000)
  })

  test('leave a message of an unknown app alone until it has expired, and record that', async () => {
    const apps = { default: on(kit.first), shop: on(kit.second) }
    const both = await kit.open(apps)
    await confirmedDeviceOf({ core: both, emulator: kit.second, app: 'shop' }, DEVICE)
    await both.close(5_000)
    const accepting = await kit.open(apps, { workers: false })
    const { id } = await submitTo(accepting, 'shop', DEVICE, '1')
    const clock = createShiftedClock()
    clock.advance(25 * 3_600_000)
    await kit.open({ default: on(kit.first) }, { clock })
    expect(await outcomeOf(accepting, id)).toBe('expired')
  })
})
