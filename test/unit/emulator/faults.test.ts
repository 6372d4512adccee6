import { request as httpRequest } from 'node:http'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createEmulator, type Emulator, type FaultEffect } from '../../../src/emulator/create-emulator.ts'
import { C2DM_ERRORS } from '../../../src/protocols/c2dm.ts'
import { systemRandom } from '../../../src/util/random.ts'
import { login, postLogin, send, sendForm } from './client.ts'

let emulator: Emulator
let token: string
let to: string

beforeEach(async () => {
  emulator = await createEmulator()
  token = await login(emulator)
  to = emulator.devices.create().registrationId
})
afterEach(() => emulator.close())

const once = (effect: FaultEffect) => emulator.faults.add({ service: 'c2dm', times: 1, effect })
const inbox = () => emulator.devices.get(to)?.inbox ?? []

describe('A fault', () => {
  it.each(C2DM_ERRORS)('answers %s with status 200', async (code) => {
    once({ kind: 'error', code })
    expect(await send(emulator, { token, to })).toMatchObject({ status: 200, body: `Error=${code}\n` })
    expect(inbox()).toEqual([])
    expect(await send(emulator, { token, to })).toMatchObject({ body: expect.stringMatching(/^id=/) })
    expect(emulator.requests.counts().c2dm).toEqual({ [code]: 1, accepted: 1 })
  })

  it.each([
    ['seconds', 120, '120'],
    ['an HTTP-date', 'date:1500', 'Sun, 01 Jan 2012 00:00:02 GMT'],
    ['a date in the past', 'date:-60000', 'Sat, 31 Dec 2011 23:59:00 GMT'],
    ['nonsense', 'soon', 'soon'],
    ['nothing', undefined, null],
  ])('answers 503 with %s as Retry-After', async (_case, retryAfter, header) => {
    const clock = { now: () => Date.UTC(2012, 0, 1), sleep: () => new Promise<void>(() => {}) }
    await using dated = await createEmulator({ clock })
    const effect = { kind: 'status', status: 503, retryAfter } as const
    dated.faults.add({ service: 'c2dm', effect })
    const answer = await send(dated, { token: await login(dated), to: dated.devices.create().registrationId })
    expect(answer).toMatchObject({ status: 503, body: '' })
    expect(answer.headers.get('retry-after')).toBe(header)
    expect(dated.requests.counts().c2dm).toEqual({ 'status-503': 1 })
  })

  it('answers any status with any body, and may take the message all the same', async () => {
    once({ kind: 'status', status: 500, body: '<h1>Oops</h1>', contentType: 'text/html', delivers: true })
    const answer = await send(emulator, { token, to })
    expect(answer).toMatchObject({ status: 500, body: '<h1>Oops</h1>' })
    expect(inbox()).toHaveLength(1)
  })

  it('answers with garbage, or with an empty body', async () => {
    once({ kind: 'garbage' })
    once({ kind: 'garbage', body: '', delivers: true })
    const garbage = await send(emulator, { token, to })
    expect(garbage.status).toBe(200)
    expect(garbage.body).not.toMatch(/^(id|Error)=/m)
    expect(inbox()).toHaveLength(0)
    expect(await send(emulator, { token, to })).toMatchObject({ status: 200, body: '' })
    expect(inbox()).toHaveLength(1)
  })

  it('strikes only a share, by chance', async () => {
    const fractions = [0.5, 0.009, 0.01, 0.2]
    const random = { bytes: systemRandom.bytes, fraction: () => fractions.shift() ?? 0 }
    await using lucky = await createEmulator({ random })
    const to = lucky.devices.create().registrationId
    const fault = lucky.faults.add({ service: 'c2dm', share: 0.01, effect: { kind: 'status', status: 503 } })
    const own = await login(lucky)
    const statuses: number[] = []
    for (let n = 0; n < 4; n++) statuses.push((await send(lucky, { token: own, to })).status)
    expect(statuses).toEqual([200, 503, 200, 200])
    expect(fault).toMatchObject({ seen: 4, struck: 1 })
  })

  it.each([0, -1, 1.5, '1'])('has no share of %j', (share) => {
    // @ts-expect-error: what a caller without types may pass.
    expect(() => emulator.faults.add({ service: 'c2dm', share, effect: { kind: 'reset' } })).toThrow(/share/)
  })

  it('lets the answer wait while the message arrives', async () => {
    const naps: { ms: number; wake: () => void }[] = []
    const clock = {
      now: () => Date.now(),
      sleep: (ms: number) => new Promise<void>((wake) => naps.push({ ms, wake })),
    }
    await using slow = await createEmulator({ clock })
    const phone = slow.devices.create()
    slow.faults.add({ service: 'c2dm', times: 1, effect: { kind: 'delay', ms: 5000 } })
    let answered = false
    const answer = send(slow, { token: await login(slow), to: phone.registrationId }).finally(() => {
      answered = true
    })
    await phone.nextMessage()
    const nap = await vi.waitUntil(() => naps.find(({ ms }) => ms === 5000))
    expect(answered).toBe(false)
    nap.wake()
    expect(await answer).toMatchObject({ status: 200, body: expect.stringMatching(/^id=/) })
  })

  it.each([false, true])('gives no answer; the message arrives: %s', async (delivers) => {
    once({ kind: 'no-answer', delivers })
    const giveUp = new AbortController()
    const answer = fetch(emulator.services.c2dm.sendUrl, {
      method: 'POST',
      headers: {
        authorization: `GoogleLogin auth=${token}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: sendForm({ to }),
      signal: giveUp.signal,
    })
    const record = await emulator.requests.next({ where: ({ service }) => service === 'c2dm' })
    expect(record).toMatchObject({ outcome: 'no-answer', status: undefined })
    expect(inbox()).toHaveLength(delivers ? 1 : 0)
    giveUp.abort()
    await expect(answer).rejects.toThrow(/abort/)
  })

  it.each([false, true])('resets the connection; the message arrives: %s', async (delivers) => {
    once({ kind: 'reset', delivers })
    await expect(send(emulator, { token, to })).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } })
    expect(inbox()).toHaveLength(delivers ? 1 : 0)
  })

  it.each([false, true])('cuts the answer off; the message arrives: %s', async (delivers) => {
    once({ kind: 'torn', delivers })
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    const headers = {
      authorization: `GoogleLogin auth=${token}`,
      'content-type': 'application/x-www-form-urlencoded',
    }
    httpRequest(emulator.services.c2dm.sendUrl, { method: 'POST', headers, agent: false }, (response) => {
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      response.on('error', () => resolve(bytes))
      response.on('end', () => reject(new Error('the answer was whole')))
    }).end(sendForm({ to }))
    expect(await promise).toBeGreaterThan(0)
    expect(inbox()).toHaveLength(delivers ? 1 : 0)
  })

  it('hands out a new token with the usual answer; the old one stays alive', async () => {
    once({ kind: 'update-client-auth' })
    const answer = await send(emulator, { token, to })
    expect(answer.body).toMatch(/^id=/)
    expect(inbox()).toHaveLength(1)
    const renewed = answer.headers.get('update-client-auth') ?? ''
    for (const live of [token, renewed])
      expect(await send(emulator, { token: live, to })).toMatchObject({ status: 200 })
  })

  it('hands out a new token and lets the old one die', async () => {
    once({ kind: 'update-client-auth', keepsOld: false })
    const renewed = (await send(emulator, { token, to })).headers.get('update-client-auth') ?? ''
    expect(await send(emulator, { token, to })).toMatchObject({ status: 401 })
    expect(await send(emulator, { token: renewed, to })).toMatchObject({ status: 200 })
  })

  it('strikes logins by status, reset and delivery too', async () => {
    const login = (effect: FaultEffect) => emulator.faults.add({ service: 'client-login', times: 1, effect })
    login({ kind: 'status', status: 503, retryAfter: 5 })
    login({ kind: 'reset' })
    expect(await postLogin(emulator)).toMatchObject({ status: 503 })
    await expect(postLogin(emulator)).rejects.toThrow()
    expect(await postLogin(emulator)).toMatchObject({ status: 200 })
  })
})

describe('A fault rule', () => {
  const busy = { kind: 'status', status: 503 } as const

  it('strikes only its registration id', async () => {
    const other = emulator.devices.create().registrationId
    emulator.faults.add({ service: 'c2dm', registrationId: other, effect: busy })
    expect(await send(emulator, { token, to })).toMatchObject({ status: 200 })
    expect(await send(emulator, { token, to: other })).toMatchObject({ status: 503 })
  })

  it('lets the first so many pass and strikes so many times', async () => {
    const fault = emulator.faults.add({ service: 'c2dm', after: 1, times: 2, effect: busy })
    const statuses = []
    for (let n = 0; n < 5; n++) statuses.push((await send(emulator, { token, to })).status)
    expect(statuses).toEqual([200, 503, 503, 200, 200])
    expect(fault).toMatchObject({ seen: 3, struck: 2 })
    expect(emulator.requests.recent().map((record) => record.fault)).toEqual([
      undefined,
      undefined,
      fault.id,
      fault.id,
      undefined,
      undefined,
    ])
  })

  it('gives way to an earlier one until that is used up', async () => {
    once({ kind: 'error', code: 'QuotaExceeded' })
    const second = emulator.faults.add({ service: 'c2dm', effect: busy })
    expect(await send(emulator, { token, to })).toMatchObject({ body: 'Error=QuotaExceeded\n' })
    expect(second.seen).toBe(0)
    expect(await send(emulator, { token, to })).toMatchObject({ status: 503 })
  })

  it('is not used up by a request whose token is refused', async () => {
    once(busy)
    expect(await send(emulator, { token: 'wrong', to })).toMatchObject({ status: 401 })
    expect(await send(emulator, { token, to })).toMatchObject({ status: 503 })
  })

  it('ends when it is removed', async () => {
    const fault = emulator.faults.add({ service: 'c2dm', effect: busy })
    expect(emulator.faults.list()).toEqual([fault])
    expect(emulator.faults.remove(fault.id)).toBe(true)
    expect(emulator.faults.remove(fault.id)).toBe(false)
    expect(await send(emulator, { token, to })).toMatchObject({ status: 200 })
  })

  it.each([
    ['an unknown code', { service: 'c2dm', effect: { kind: 'error', code: 'Nope' } }, /effect\.code/],
    [
      'a code of the other service',
      { service: 'c2dm', effect: { kind: 'error', code: 'NotVerified' } },
      /not an error of c2dm/,
    ],
    ['an unknown service', { service: 'gcm', effect: { kind: 'reset' } }, /service/],
    ['an unknown effect', { service: 'c2dm', effect: { kind: 'explode' } }, /effect\.kind/],
    ['an unknown field', { service: 'c2dm', effect: { kind: 'reset', always: true } }, /always/],
    [
      'a header that is none',
      { service: 'c2dm', effect: { kind: 'status', status: 503, retryAfter: 'a\r\nb: c' } },
      /retryAfter/,
    ],
    ['a status that is none', { service: 'c2dm', effect: { kind: 'status', status: 99 } }, /effect\.status/],
    ['no times at all', { service: 'c2dm', times: 0, effect: { kind: 'reset' } }, /times/],
    [
      'an address on a login',
      { service: 'client-login', registrationId: 'x', effect: { kind: 'reset' } },
      /registrationId/,
    ],
    ['Update-Client-Auth on a login', { service: 'client-login', effect: { kind: 'update-client-auth' } }, /only C2DM/],
    ['no rule', undefined, /fault rule/],
  ])('with %s is refused, and the error says where', (_case, rule, named) => {
    // @ts-expect-error: what a caller without types may pass.
    expect(() => emulator.faults.add(rule)).toThrow(
      expect.objectContaining({ code: 'EMULATOR_INPUT', message: expect.stringMatching(named) }),
    )
    expect(emulator.faults.list()).toEqual([])
  })
})

describe('A registration id whose name says so', () => {
  it.each([
    ['unregistered-1', 'NotRegistered'],
    ['mismatch-1', 'MismatchSenderId'],
    ['throttled-1', 'DeviceQuotaExceeded'],
    ['toobig-1', 'MessageTooBig'],
    ['quota-1', 'QuotaExceeded'],
    ['unregistered1-1', 'InvalidRegistration'],
    ['friendly-1', 'InvalidRegistration'],
  ])('%s is answered %s, without a device', async (name, code) => {
    expect(await send(emulator, { token, to: name })).toMatchObject({ status: 200, body: `Error=${code}\n` })
    expect(emulator.devices.get(name)).toBeUndefined()
  })

  it('flaky2-… fails twice with 503, then takes the message', async () => {
    const statuses = []
    for (let n = 0; n < 3; n++) statuses.push((await send(emulator, { token, to: 'flaky2-x' })).status)
    expect(statuses).toEqual([503, 503, 200])
    expect(emulator.devices.get('flaky2-x')?.inbox).toHaveLength(1)
    expect(emulator.requests.counts().c2dm).toEqual({ flaky: 2, accepted: 1 })
  })

  it('gives a created device its first state, which can be changed', async () => {
    const phone = emulator.devices.create({ registrationId: 'unregistered-2' })
    expect(phone.state).toBe('unregistered')
    phone.state = 'active'
    expect(await send(emulator, { token, to: 'unregistered-2' })).toMatchObject({ body: expect.stringMatching(/^id=/) })
  })

  it('offline-… takes messages and keeps them until the device is active', async () => {
    await send(emulator, { token, to: 'offline-x' })
    const phone = emulator.devices.get('offline-x')
    expect(phone).toMatchObject({ state: 'offline', waiting: 1, inbox: [] })
  })
})
