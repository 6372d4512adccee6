import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createEmulator, type DeviceService, type Emulator } from '../../../src/emulator/create-emulator.ts'
import * as apns from './apns-client.ts'
import { login, send } from './client.ts'
import { control } from './control-client.ts'
import { accessToken, post } from './fcm-client.ts'
import { http1, push, pushOf } from './webpush-client.ts'

let emulator: Emulator

beforeAll(async () => {
  emulator = await createEmulator()
})
afterAll(() => emulator.close())
beforeEach(() => emulator.reset())

/** Sends to an address, and says what was answered. */
const SEND: Readonly<Record<Exclude<DeviceService, 'webpush'>, (address: string) => Promise<string>>> = {
  c2dm: async (to) => (await send(emulator, { token: await login(emulator), to })).body.trim().replace(/^id=.*/, 'ok'),
  async fcm(token) {
    const { status, json } = await post(emulator, await accessToken(emulator), { message: { token, data: {} } })
    return status === 200 ? 'ok' : json.error.details[0].errorCode
  },
  async apns(to) {
    const session = await apns.open(emulator)
    const { status, json } = await apns.send(emulator, session, { to, token: apns.providerToken(emulator) })
    session.destroy()
    return status === 200 ? 'ok' : `${json.reason} ${typeof json.timestamp}`
  },
}

describe('A device whose address changes', () => {
  it.each([
    ['c2dm', 'my-phone', 'Error=NotRegistered'],
    ['fcm', 'my-phone', 'UNREGISTERED'],
    ['apns', 'abcdef', 'Unregistered number'],
  ] as const)(
    '%s: is reached at the new one; the old one is that of an app that is gone',
    async (service, old, gone) => {
      const phone = emulator.devices.create({ service, address: old })
      expect(await SEND[service](old)).toBe('ok')
      const { status, body } = await control(emulator, 'POST', `/devices/${phone.id}/rotate`)
      expect({ status, id: body.id }).toEqual({ status: 200, id: phone.id })
      expect(body.address).not.toBe(old)
      expect(phone.address).toBe(body.address)
      expect(emulator.devices.get(body.address)).toBe(phone)
      expect(emulator.devices.get(old)).toBeUndefined()
      expect(await SEND[service](old)).toBe(gone)
      expect(await SEND[service](body.address)).toBe('ok')
      expect(phone.inbox).toHaveLength(2)
      expect(emulator.devices.list()).toHaveLength(1)
    },
  )

  it('webpush: has a new subscription with new keys; the old endpoint is answered 410', async () => {
    const browser = emulator.devices.create({ service: 'webpush' })
    const before = pushOf(browser, { text: 'to the old one' })
    const old = browser.subscription
    emulator.devices.rotate(browser.id)
    expect(browser.subscription?.endpoint).not.toBe(old?.endpoint)
    expect(browser.subscription?.keys.p256dh).not.toBe(old?.keys.p256dh)
    expect((await http1(emulator, before.endpoint, { method: 'POST', ...before })).status).toBe(410)
    expect((await push(emulator, browser, { text: 'to the new one' })).status).toBe(201)
    expect(browser.inbox.map(({ plaintext }) => plaintext)).toEqual(['to the new one'])
  })

  it('loses what waited, and is there again when the app was removed', async () => {
    const phone = emulator.devices.create({ service: 'fcm', state: 'offline' })
    await SEND.fcm(phone.address)
    expect(phone.waiting).toBe(1)
    emulator.devices.rotate(phone.id)
    expect({ waiting: phone.waiting, state: phone.state }).toEqual({ waiting: 0, state: 'offline' })
    phone.state = 'unregistered'
    emulator.devices.rotate(phone.id, 'chosen')
    expect({ address: phone.address, state: phone.state }).toEqual({ address: 'chosen', state: 'active' })
  })

  it('may get an address that was somebody’s before, and none that is somebody’s now', async () => {
    const [one, two] = [
      emulator.devices.create({ service: 'fcm', address: 'one' }),
      emulator.devices.create({ service: 'fcm', address: 'two' }),
    ]
    const rotate = (body: object) => control(emulator, 'POST', `/devices/${two.id}/rotate`, body)
    expect(await rotate({ address: 'one' })).toMatchObject({ status: 409, body: { code: 'EMULATOR_CONFLICT' } })
    emulator.devices.rotate(one.id)
    expect((await rotate({ address: 'one' })).status).toBe(200)
    expect(await SEND.fcm('one')).toBe('ok')
    expect(two.inbox).toHaveLength(1)
    expect(await rotate({ address: '' })).toMatchObject({ status: 400 })
    expect((await control(emulator, 'POST', '/devices/d99/rotate')).status).toBe(404)
  })
})
