// Other options for a core that runs: what changes, what stays, and that no message is lost or doubled by it.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Core } from '../../../src/app/core.ts'
import { createSendword } from '../../../src/sendword/create-sendword.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { eventually } from '../../kit/query.ts'
import {
  type AppsKit,
  confirmedDeviceOf,
  createAppsKit,
  on,
  outcomeOf,
  submitTo,
  withPassword,
  withToken,
} from './apps-kit.ts'

const DEVICE = 'device-0001'

let kit: AppsKit
beforeEach(async () => {
  kit = await createAppsKit()
})
afterEach(() => kit[Symbol.asyncDispose]())

const isPaused = (core: Core, app: string) =>
  eventually(
    () => core.pauses.list(app),
    (holds) => holds.some(({ kind }) => kind === 'unauthorized'),
  )

describe('a reload', () => {
  test('adds an app, whose messages go at once, and says what changed', async () => {
    const core = await kit.open({ default: on(kit.first) })
    const apps = { default: on(kit.first), shop: on(kit.second) }
    expect(await core.reload(kit.options(apps))).toEqual({
      added: ['shop'],
      changed: [],
      removed: [],
      needsRestart: [],
    })
    const device = await confirmedDeviceOf({ core, emulator: kit.second, app: 'shop' }, DEVICE)
    await submitTo(core, 'shop', DEVICE, '1')
    await device.nextMessage({ where: ({ data }) => data.n === '1' })
  })

  test('begins delivery in a process that started without any push service', async () => {
    const core = await kit.open({ default: {} })
    expect(await core.isDelivered()).toBe(false)
    await core.reload(kit.options({ default: on(kit.first) }))
    expect(await core.isDelivered()).toBe(true)
    await confirmedDeviceOf({ core, emulator: kit.first, app: 'default' }, DEVICE)
  })

  test('keeps the token and the connections of an app that has not changed', async () => {
    const core = await kit.open({ default: on(kit.first) })
    await confirmedDeviceOf({ core, emulator: kit.first, app: 'default' }, DEVICE)
    const logins = kit.first.requests.count('client-login')
    await core.reload(kit.options({ default: on(kit.first), shop: on(kit.second) }))
    const { id } = await submitTo(core, 'default', DEVICE, '1')
    expect(await outcomeOf(core, id)).toBe('accepted')
    expect(kit.first.requests.count('client-login')).toBe(logins)
  })

  test('ends the pause of a refused credential that is another now, and what waited arrives once', async () => {
    const core = await kit.open({ default: on(kit.first) })
    const device = await confirmedDeviceOf({ core, emulator: kit.first, app: 'default' }, DEVICE)
    await core.reload(kit.options({ default: withToken(kit.first, 'revoked') }))
    const ids: string[] = []
    for (const n of ['1', '2', '3']) ids.push((await submitTo(core, 'default', DEVICE, n)).id)
    await isPaused(core, 'default')
    await core.reload(kit.options({ default: on(kit.first) }))
    for (const id of ids) expect(await outcomeOf(core, id)).toBe('accepted')
    expect(await core.pauses.list('default')).toEqual([])
    const arrived = device.inbox.filter(({ data }) => 'n' in data).map(({ data }) => data.n)
    expect(arrived.toSorted()).toEqual(['1', '2', '3'])
  })

  test('keeps the pause where the same credential is given again', async () => {
    const core = await kit.open({ default: withPassword(kit.first, 'wrong') })
    await core.devices.register({
      app: 'default',
      deviceId: DEVICE,
      address: { transport: 'c2dm', value: kit.first.devices.create().registrationId },
      client: '192.0.2.1',
      door: 'seed',
    })
    await isPaused(core, 'default')
    const logins = kit.first.requests.count('client-login')
    const { c2dm } = withPassword(kit.first, 'wrong')
    await core.reload(kit.options({ default: { c2dm: { ...c2dm, maxInFlight: 3 } } }))
    expect(await core.pauses.list('default')).toHaveLength(1)
    expect(kit.first.requests.count('client-login')).toBe(logins)
  })

  test('lets a send that is under way end through the transport it began with', async () => {
    const core = await kit.open({ default: on(kit.first) })
    await confirmedDeviceOf({ core, emulator: kit.first, app: 'default' }, DEVICE)
    kit.first.faults.add({ service: 'c2dm', times: 1, effect: { kind: 'delay', ms: 1_500 } })
    const { last } = kit.first.requests
    const { id } = await submitTo(core, 'default', DEVICE, '1')
    await kit.first.requests.next({ after: last })
    await core.reload(kit.options({ default: { c2dm: { ...on(kit.first).c2dm, maxInFlight: 1 } } }))
    // The new transport does not wait for the old one's send.
    expect(await outcomeOf(core, (await submitTo(core, 'default', DEVICE, '2')).id)).toBe('accepted')
    expect((await core.messages.view('default', id)).single).toBeUndefined()
    expect((await core.messages.settled(id, { timeout: 25_000 })).single).toMatchObject({
      outcome: 'accepted',
      attempts: 1,
    })
  })

  test('takes an app away: its messages wait, and go when it comes back', async () => {
    const both = { default: on(kit.first), shop: on(kit.second) }
    const core = await kit.open(both)
    await confirmedDeviceOf({ core, emulator: kit.second, app: 'shop' }, DEVICE)
    kit.second.faults.add({ service: 'c2dm', times: 1, effect: { kind: 'status', status: 503, retryAfter: 1 } })
    const { id } = await submitTo(core, 'shop', DEVICE, '1')
    await eventually(
      () => core.pauses.list('shop'),
      (holds) => holds.length > 0,
    )
    expect((await core.reload(kit.options({ default: on(kit.first) }))).removed).toEqual(['shop'])
    await expect(submitTo(core, 'shop', DEVICE, '2')).rejects.toMatchObject({ code: 'PUSH_APP_UNKNOWN' })
    await core.reload(kit.options(both))
    expect(await outcomeOf(core, id)).toBe('accepted')
  })

  test('names what needs a restart, and leaves it', async () => {
    const core = await kit.open({ default: on(kit.first) })
    const others = { http: { port: 1, graceSeconds: 1 }, secret: 'x'.repeat(32), registration: { perDevice: 3 } }
    const { needsRestart, changed } = await core.reload(kit.options({ default: on(kit.first) }, others))
    expect(needsRestart.toSorted()).toEqual(['http.graceSeconds', 'http.port', 'registration.perDevice', 'secret'])
    expect(changed).toEqual([])
    expect(core.options.http.port).toBe(7300)
  })

  test('loses and doubles no message under load, whatever is changed meanwhile', async () => {
    const core = await kit.open({ default: on(kit.first) })
    const device = await confirmedDeviceOf({ core, emulator: kit.first, app: 'default' }, DEVICE)
    const sent: string[] = []
    const ids: string[] = []
    const burst = async (name: string) => {
      const names = Array.from({ length: 60 }, (_, index) => `${name}-${index}`)
      sent.push(...names)
      const accepted = await Promise.all(names.map((n) => submitTo(core, 'default', DEVICE, n)))
      ids.push(...accepted.map(({ id }) => id))
    }
    for (const maxInFlight of [2, 64, 5, 8, 1, 64]) {
      const sending = burst(`width-${maxInFlight}-${sent.length}`)
      const { c2dm } = on(kit.first)
      await core.reload(kit.options({ default: { c2dm: { ...c2dm, maxInFlight } }, [`app-${maxInFlight}`]: {} }))
      await sending
    }
    for (const id of ids) expect(await outcomeOf(core, id)).toBe('accepted')
    const arrived = device.inbox.flatMap(({ data }) => data.n ?? [])
    expect(arrived.toSorted()).toEqual(sent.toSorted())
  })
})

describe('sendword.reload', () => {
  test('takes options as createSendword does, and changes nothing where one is not valid', async () => {
    const options = { database: kit.url, secret: 's'.repeat(32), workers: false }
    const sendword = await createSendword({ ...options, apps: { default: {} } }, { logger: silentLogger })
    try {
      expect(() => sendword.c2dm()).toThrow(expect.objectContaining({ code: 'PUSH_C2DM_NOT_CONFIGURED' }))
      const wrong = { default: { c2dm: { user: 'only@example.com' } } }
      await expect(sendword.reload({ ...options, apps: wrong })).rejects.toMatchObject({
        code: 'PUSH_C2DM_NOT_CONFIGURED',
      })
      const { changed } = await sendword.reload({ ...options, apps: { default: on(kit.first) } })
      expect(changed).toEqual(['default'])
      sendword.c2dm()
    } finally {
      await sendword.close()
    }
    await expect(sendword.reload(options)).rejects.toMatchObject({ code: 'PUSH_CLOSED' })
  })
})
