import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEmulator, type Emulator } from '../../../src/emulator/create-emulator.ts'
import { login, post, send, sendForm } from './client.ts'

let emulator: Emulator
let token: string

beforeEach(async () => {
  emulator = await createEmulator()
  token = await login(emulator)
})
afterEach(() => emulator.close())

const authorized = () => ({ authorization: `GoogleLogin auth=${token}` })

describe('C2DM', () => {
  it('takes a message, tells its id, and lets it arrive', async () => {
    const phone = emulator.devices.create()
    const data = { greeting: 'hällo wörld & more=%', __proto__x: '😀', empty: '' }
    const answer = await send(emulator, {
      token,
      to: phone.registrationId,
      data,
      collapseKey: 'hi',
      delayWhileIdle: true,
    })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(answer.body).toMatch(/^id=0:\d{16}%[0-9a-f]{16}\n$/)
    const providerId = answer.body.trim().slice('id='.length)
    expect(await phone.nextMessage()).toEqual({
      sequence: 1,
      receivedAt: expect.any(Number),
      providerId,
      data,
      collapseKey: 'hi',
      delayWhileIdle: true,
    })
    expect(emulator.requests.count('c2dm', 'accepted')).toBe(1)
  })

  it('takes the presence of delay_while_idle as the flag, whatever its value', async () => {
    const phone = emulator.devices.create()
    const form = (more: string) => `registration_id=${phone.registrationId}&collapse_key=k${more}`
    await post(emulator.services.c2dm.sendUrl, form('&delay_while_idle=0'), authorized())
    await post(emulator.services.c2dm.sendUrl, form(''), authorized())
    expect(phone.inbox.map(({ delayWhileIdle }) => delayWhileIdle)).toEqual([true, false])
  })

  it.each([
    ['unregistered', 'NotRegistered'],
    ['mismatch', 'MismatchSenderId'],
    ['throttled', 'DeviceQuotaExceeded'],
  ] as const)('answers a send to a device that is %s with %s, status 200', async (state, code) => {
    const phone = emulator.devices.create({ state })
    const answer = await send(emulator, { token, to: phone.registrationId })
    expect(answer).toMatchObject({ status: 200, body: `Error=${code}\n` })
    expect(phone.inbox).toEqual([])
    expect(emulator.requests.counts().c2dm).toEqual({ [code]: 1 })
  })

  it('answers an id it does not know with InvalidRegistration, and compares ids byte by byte', async () => {
    emulator.devices.create({ registrationId: 'CaseMatters' })
    expect(await send(emulator, { token, to: 'casematters' })).toMatchObject({ body: 'Error=InvalidRegistration\n' })
  })

  it.each([
    ['collapse_key=k', 'MissingRegistration'],
    ['registration_id=&collapse_key=k', 'MissingRegistration'],
    ['registration_id=x', 'MissingCollapseKey'],
    ['registration_id=x&collapse_key=', 'MissingCollapseKey'],
  ])('answers the form "%s" with %s', async (form, code) => {
    const answer = await post(emulator.services.c2dm.sendUrl, form, authorized())
    expect(answer).toMatchObject({ status: 200, body: `Error=${code}\n` })
  })

  it('counts key names, values and collapse key percent-encoded, and takes 1024 bytes but no more', async () => {
    const phone = emulator.devices.create()
    const to = phone.registrationId
    const collapseKey = 'k k' // 5 bytes: k%20k
    const fits = { a: `${'ü'.repeat(100)}/-_.`, b: 'x'.repeat(1024 - 5 - 1 - 604 - 1) }
    expect(await send(emulator, { token, to, collapseKey, data: fits })).toMatchObject({
      body: expect.stringMatching(/^id=/),
    })
    const over = { ...fits, b: `${fits.b}x` }
    expect(await send(emulator, { token, to, collapseKey, data: over })).toMatchObject({
      body: 'Error=MessageTooBig\n',
    })
  })

  it('counts keys and values as UTF-8 when told to', async () => {
    await using plain = await createEmulator({ c2dm: { countBytes: 'plain' } })
    const plainToken = await login(plain)
    const to = plain.devices.create().registrationId
    const data = { key: `${'ü'.repeat(510)}x` } // 3 + 1021
    expect(await send(plain, { token: plainToken, to, data })).toMatchObject({ body: expect.stringMatching(/^id=/) })
    const over = { key: `${data.key}x` }
    expect(await send(plain, { token: plainToken, to, data: over })).toMatchObject({ body: 'Error=MessageTooBig\n' })
  })

  it('keeps a key named __proto__ as a key', async () => {
    const phone = emulator.devices.create()
    await post(
      emulator.services.c2dm.sendUrl,
      `${sendForm({ to: phone.registrationId })}&data.__proto__=x`,
      authorized(),
    )
    const { data } = await phone.nextMessage()
    expect(Object.entries(data)).toEqual([['__proto__', 'x']])
  })
})

describe('The Authorization header', () => {
  it.each([
    ['no header', undefined],
    ['another scheme', 'Bearer abc'],
    ['a token that was not issued here', 'GoogleLogin auth=abc'],
    ['an empty token', 'GoogleLogin auth='],
  ])('with %s is answered 401, and nothing arrives', async (_case, authorization) => {
    const phone = emulator.devices.create()
    const headers = authorization === undefined ? {} : { authorization }
    const answer = await post(emulator.services.c2dm.sendUrl, sendForm({ to: phone.registrationId }), headers)
    expect(answer.status).toBe(401)
    expect(phone.inbox).toEqual([])
    expect(emulator.requests.counts().c2dm).toEqual({ unauthorized: 1 })
  })

  it('is refused when the tokens were expired by hand', async () => {
    emulator.expireTokens()
    expect(await send(emulator, { token, to: 'x' })).toMatchObject({ status: 401 })
  })

  it('is refused after the token’s number of sends', async () => {
    await using brief = await createEmulator({ c2dm: { tokenSends: 2 } })
    const to = brief.devices.create().registrationId
    const briefToken = await login(brief)
    const statuses = []
    for (let n = 0; n < 3; n++) statuses.push((await send(brief, { token: briefToken, to })).status)
    expect(statuses).toEqual([200, 200, 401])
    expect(await send(brief, { token: await login(brief), to })).toMatchObject({ status: 200 })
  })

  it('is refused after the token’s lifetime', async () => {
    let now = Date.UTC(2012, 0, 1)
    const clock = { now: () => now, sleep: () => new Promise<void>(() => {}) }
    await using brief = await createEmulator({ clock, c2dm: { tokenLifetimeMs: 1000 } })
    const to = brief.devices.create().registrationId
    const briefToken = await login(brief)
    now += 999
    expect(await send(brief, { token: briefToken, to })).toMatchObject({
      status: 200,
      body: /^id=0:1325376000999\d{3}%/,
    })
    now += 1
    expect(await send(brief, { token: briefToken, to })).toMatchObject({ status: 401 })
  })
})
