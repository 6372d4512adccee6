import { describe, expect, it } from 'vitest'
import { createHttpClient } from '../../src/net/http-client.ts'
import { C2DM_ERRORS, type C2dmError, CLIENT_LOGIN_ERRORS, type ClientLoginError } from '../../src/protocols/c2dm.ts'
import { clientLogin } from '../../src/transports/c2dm/client-login.ts'
import { forgetLoginRefusal } from '../../src/transports/c2dm/credential-drawer.ts'
import { resolveC2dmOptions } from '../../src/transports/c2dm/options.ts'
import { fixture, startScriptedServer } from '../kit/scripted-server.ts'
import { createC2dmHarness } from './c2dm-harness.ts'
import { opener, send } from './own-tests.ts'
import { describeTransport } from './transport.contract.ts'

describeTransport({ name: 'C2DM', http: 1, createHarness: createC2dmHarness })

const { open, closeLater } = opener(createC2dmHarness)

describe('C2DM', () => {
  const verdicts: Readonly<Record<C2dmError, object>> = {
    QuotaExceeded: { kind: 'deferred', scope: 'sender' },
    DeviceQuotaExceeded: { kind: 'deferred', scope: 'device' },
    MissingRegistration: { kind: 'rejected' },
    InvalidRegistration: { kind: 'unregistered' },
    MismatchSenderId: { kind: 'unregistered' },
    NotRegistered: { kind: 'unregistered' },
    MessageTooBig: { kind: 'rejected' },
    MissingCollapseKey: { kind: 'rejected' },
  }

  it.each(C2DM_ERRORS)('has a verdict for %s', async (code) => {
    const { transport, emulator, device } = await open()
    emulator.faults.add({ service: 'c2dm', effect: { kind: 'error', code } })
    expect(await send(transport, device())).toEqual({ ...verdicts[code], reason: code })
  })

  it('takes an empty answer for a passing failure of this send', async () => {
    const { transport, emulator, device } = await open()
    emulator.faults.add({ service: 'c2dm', effect: { kind: 'garbage', body: '' } })
    expect(await send(transport, device())).toMatchObject({ kind: 'deferred', scope: 'device' })
  })

  it('counts the bytes of a message as the push service does', async () => {
    const { transport, device } = await open()
    const phone = device()
    for (const filler of ['x', ' ', '/', '~', '*', '+', "'", '.', '-', '_', 'é', '€', '😀']) {
      const content = (length: number) => ({ data: { n: filler.repeat(length) }, collapseKey: 'k' })
      let fits = 1024
      while (transport.check(content(fits)) !== undefined) fits -= 1
      expect([filler, await send(transport, phone, content(fits))]).toMatchObject([filler, { kind: 'accepted' }])
      expect([filler, await send(transport, phone, content(fits + 1))]).toMatchObject([
        filler,
        { reason: 'MessageTooBig' },
      ])
    }
  })

  it('has room for the collapse key that is made from the message id', async () => {
    const { transport, device } = await open()
    const content = (length: number) => ({ data: { n: 'x'.repeat(length) } })
    let fits = 1024
    while (transport.check(content(fits)) !== undefined) fits -= 1
    expect(await send(transport, device(), content(fits))).toMatchObject({ kind: 'accepted' })
    expect(await send(transport, device(), content(fits + 1))).toMatchObject({ reason: 'MessageTooBig' })
  })

  it('carries every field as the device is to see it', async () => {
    const { transport, emulator } = await open()
    const phone = emulator.devices.create()
    const data = { n: '', 'key with space & =': 'line\nline', registration_id: 'mine', ünï: '😀' }
    const address = phone.registrationId
    await send(transport, { address }, { data, collapseKey: 'c&k', delayWhileIdle: true })
    expect(phone.inbox).toMatchObject([{ data, collapseKey: 'c&k', delayWhileIdle: true }])
  })

  it('collapses a repeat on a device that is offline, and never two messages without a collapse key', async () => {
    const { transport, emulator } = await open()
    const phone = emulator.devices.create({ state: 'offline' })
    const address = phone.registrationId
    const messageId = '01976f4a-0000-7000-8000-ffffffffffff'
    await transport.send({ address, messageId, content: { data: { n: '1' } } })
    await transport.send({ address, messageId, content: { data: { n: '1' } } })
    await send(transport, { address }, { data: { n: '2' } })
    phone.state = 'active'
    expect(phone.inbox.map(({ data }) => data.n)).toEqual(['1', '2'])
  })
})

describe('the ClientLogin token', () => {
  it('that expires under 100 concurrent sends is renewed with one login, and every message arrives once', async () => {
    const { transport, emulator, device } = await open({ emulated: { tokenSends: 60 } })
    const phone = device()
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, i) => send(transport, phone, { data: { n: String(i) } })),
    )
    expect(outcomes.filter(({ kind }) => kind === 'accepted')).toHaveLength(100)
    expect(new Set(phone.arrived()).size).toBe(100)
    expect(phone.arrived()).toHaveLength(100)
    expect(emulator.requests.count('client-login')).toBe(2)
  })

  it('is logged in for once by processes that share a store, one after the other', async () => {
    const { transport, another, emulator, device } = await open()
    const phone = device()
    await send(transport, phone)
    await send(another(), phone)
    emulator.expireTokens()
    await send(transport, phone)
    await send(another(), phone)
    expect(emulator.requests.count('client-login')).toBe(2)
  })

  it('is replaced by Update-Client-Auth for the next request, and nothing is sent twice', async () => {
    const { transport, emulator, device } = await open()
    const phone = device()
    emulator.faults.add({ service: 'c2dm', times: 1, effect: { kind: 'update-client-auth', keepsOld: false } })
    expect(await send(transport, phone, { data: { n: '1' } })).toMatchObject({ kind: 'accepted' })
    expect(await send(transport, phone, { data: { n: '2' } })).toMatchObject({ kind: 'accepted' })
    expect(phone.arrived()).toEqual(['1', '2'])
    expect(emulator.requests.counts()).toMatchObject({ c2dm: { accepted: 2 }, 'client-login': { accepted: 1 } })
  })

  it('is replaced under 100 concurrent sends without a login or a double', async () => {
    const { transport, emulator, device } = await open()
    const phone = device()
    emulator.faults.add({ service: 'c2dm', effect: { kind: 'update-client-auth' } })
    await Promise.all(Array.from({ length: 100 }, (_, i) => send(transport, phone, { data: { n: String(i) } })))
    expect(new Set(phone.arrived()).size).toBe(100)
    expect(phone.arrived()).toHaveLength(100)
    expect(emulator.requests.count('client-login')).toBe(1)
  })
})

describe('a given token', () => {
  it('works until C2DM refuses it', async () => {
    const harness = await open()
    await send(harness.transport, harness.device())
    const token = harness.secrets().at(-1) ?? ''
    const given = harness.another({ token })
    expect(await send(given, harness.device())).toMatchObject({ kind: 'accepted' })
    harness.provoke('credential expired')
    expect(await send(given, harness.device())).toMatchObject({ kind: 'unauthorized', probe: true })
    expect(harness.emulator.requests.count('client-login')).toBe(1)
  })
})

describe('ClientLogin', () => {
  const refused = { kind: 'unauthorized', probe: false }
  const waits = { kind: 'deferred', scope: 'sender' }
  const verdicts: Readonly<Record<ClientLoginError, object>> = {
    BadAuthentication: refused,
    NotVerified: refused,
    TermsNotAgreed: refused,
    CaptchaRequired: refused,
    AccountDeleted: refused,
    AccountDisabled: refused,
    ServiceDisabled: refused,
    ServiceUnavailable: waits,
    Unknown: waits,
  }

  it.each(CLIENT_LOGIN_ERRORS)('has a verdict for %s, and sends nothing', async (code) => {
    const { transport, emulator, device } = await open()
    emulator.faults.add({ service: 'client-login', effect: { kind: 'error', code } })
    expect(await send(transport, device())).toEqual({ ...verdicts[code], reason: expect.stringContaining(code) })
    expect(emulator.requests.count('c2dm')).toBe(0)
  })

  it('refuses a wrong password, which is tried once, whatever is sent and started', async () => {
    const harness = await open()
    const wrong = { ...harness.emulator.credentials.c2dm, password: 'wrong' }
    for (const transport of [harness.another(wrong), harness.another(wrong)]) {
      for (let i = 0; i < 3; i++) {
        expect(await send(transport, harness.device())).toEqual({
          kind: 'unauthorized',
          reason: 'BadAuthentication',
          probe: false,
        })
      }
    }
    expect(harness.emulator.requests.count('client-login')).toBe(1)
  })

  it('asks for a captcha, and takes its answer; sending then goes on', async () => {
    const { transport, emulator, store, device } = await open()
    const credentials = emulator.credentials.c2dm
    emulator.faults.add({ service: 'client-login', effect: { kind: 'error', code: 'CaptchaRequired' } })
    expect(await send(transport, device())).toMatchObject({
      kind: 'unauthorized',
      reason: 'CaptchaRequired',
      probe: false,
    })

    const { credential, clientLoginUrl: url } = resolveC2dmOptions({
      ...credentials,
      clientLoginUrl: emulator.services.c2dm.clientLoginUrl,
    })
    if (credential.kind !== 'account') throw new Error('not an account')
    const http = createHttpClient({ maxConnections: 1 })
    const context = { http, now: Date.now }
    const asked = await clientLogin({ account: credential, url }, context)
    if (asked.kind !== 'error' || asked.captcha === undefined) throw new Error('no captcha was asked for')
    const { token } = asked.captcha
    const captcha = emulator.captchas().find((one) => one.token === token)
    expect(captcha).toBeDefined()
    const solved = await clientLogin(
      { account: credential, url, captcha: { token, answer: captcha?.answer ?? '' } },
      context,
    )
    expect(solved).toMatchObject({ kind: 'ok' })
    http.close()

    emulator.faults.clear()
    await forgetLoginRefusal(credentials, store)
    expect(await send(transport, device())).toMatchObject({ kind: 'accepted' })
  })
})

describe('TLS', () => {
  it('with a certificate that nobody vouches for is refused, and taken once it is given as ca', async () => {
    const server = await startScriptedServer(
      ({ path }, response) => response.end(path === '/login' ? 'Auth=token\n' : 'id=0:1\n'),
      { tls: true },
    )
    closeLater(server)
    const harness = await open()
    const urls = { c2dmUrl: `${server.url}/send`, clientLoginUrl: `${server.url}/login` }
    const withToken = harness.another({ token: 'secret', ...urls })
    await expect(send(withToken, harness.device())).rejects.toMatchObject({ code: 'PUSH_TRANSPORT_UNREACHABLE' })
    const withAccount = harness.another({ user: 'u', password: 'p', ...urls })
    expect(await send(withAccount, harness.device())).toMatchObject({ kind: 'deferred', scope: 'sender' })
    expect(server.seen).toHaveLength(0)

    const trusting = harness.another({ user: 'u', password: 'q', ...urls, ca: fixture('localhost-cert.pem') })
    expect(await send(trusting, harness.device())).toEqual({ kind: 'accepted', providerId: '0:1' })
    expect(server.seen.map(({ path }) => path)).toEqual(['/login', '/send'])
  })
})
