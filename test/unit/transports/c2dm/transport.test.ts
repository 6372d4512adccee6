import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ACCEPTED, ACCOUNT, ADDRESS, SEND, type StubC2dm, startStubC2dm } from './stub-c2dm.ts'

let c2dm: StubC2dm
beforeEach(async () => {
  c2dm = await startStubC2dm()
})
afterEach(() => c2dm.close())

describe('createC2dmTransport', () => {
  it('refuses options that are not valid', () => {
    expect(() => c2dm.transport({})).toThrow(expect.objectContaining({ code: 'PUSH_C2DM_NOT_CONFIGURED' }))
  })

  it('says what the operator should know', () => {
    c2dm.transport({ ...ACCOUNT, token: 'x', c2dmUrl: 'http://c2dm.example.com/', clientLoginUrl: 'http://127.0.0.1/' })
    expect(c2dm.logger.lines).toEqual([
      'warn C2DM_AUTH_TOKEN is not used, because user and password are given {}',
      'warn C2DM credentials go over plain HTTP to another machine {"host":"c2dm.example.com"}',
    ])
  })

  it('hands on how much may be in flight, and how repeats are spaced', () => {
    const transport = c2dm.transport({ ...ACCOUNT, maxInFlight: 7, retry: { baseMs: 1, capMs: 2 } })
    expect(transport).toMatchObject({ name: 'c2dm', maxInFlight: 7, backoff: { baseMs: 1, capMs: 2 } })
  })
})

describe('the fingerprint of the credential', () => {
  const of = (options: object) => c2dm.transport(options).credentialFingerprint

  it('stays while the credential stays, and changes with each part of it', () => {
    expect(of(ACCOUNT)).toBe(of({ ...ACCOUNT, maxInFlight: 3 }))
    const others = [{ user: 'x' }, { password: 'x' }, { accountType: 'HOSTED' }, { appName: 'x' }]
    const all = [of(ACCOUNT), of({ token: 'x' }), ...others.map((other) => of({ ...ACCOUNT, ...other }))]
    expect(new Set(all).size).toBe(all.length)
  })

  it('is too short to give the credential away', () => {
    expect(of(ACCOUNT)).toMatch(/^[0-9a-f]{6}$/)
  })
})

describe('send', () => {
  it('throws the reason of a signal that aborts while a login is under way, and spares those who wait too', async () => {
    let answerLogin = () => {}
    c2dm.onLogin = (response) => {
      answerLogin = () => response.end('Auth=token-1')
    }
    c2dm.good.add('token-1')
    const transport = c2dm.transport()
    const controller = new AbortController()
    const impatient = transport.send(SEND, controller.signal)
    const patient = transport.send(SEND)
    await c2dm.received(1)
    controller.abort(new Error('enough'))
    await expect(impatient).rejects.toThrow('enough')
    answerLogin()
    expect(await patient).toEqual(ACCEPTED)
  })

  it('throws a TransportError when the answer never comes', async () => {
    c2dm.onSend = () => {}
    await expect(c2dm.transport({ ...ACCOUNT, timeoutMs: 200 }).send(SEND)).rejects.toMatchObject({
      name: 'TransportError',
      code: 'PUSH_TRANSPORT_UNANSWERED',
    })
  })

  it('is refused after the transport was closed', async () => {
    const transport = c2dm.transport()
    await transport.close()
    await expect(transport.send(SEND)).rejects.toMatchObject({ code: 'PUSH_CLOSED' })
  })

  it('logs an answer that is not known, without the address and the token', async () => {
    c2dm.onSend = (response, token) => response.end(`Error=Strange ${ADDRESS} ${token}\n`)
    const outcome = await c2dm.transport().send(SEND)
    expect(outcome).toEqual({ kind: 'unknown', reason: 'unlisted error', raw: 'Error=Strange [hidden] [hidden]' })
    const lines = c2dm.logger.lines.join('\n')
    expect(lines).toContain('Error=Strange')
    expect(lines).not.toContain(ADDRESS)
    expect(lines).not.toContain('token-1')
  })
})
