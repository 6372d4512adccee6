import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../../../src/model/push-error.ts'
import { type C2dmOptions, resolveC2dmOptions } from '../../../../src/transports/c2dm/options.ts'
import { fixture } from '../../../kit/scripted-server.ts'

const ACCOUNT = { user: 'sender@example.com', password: 'correct horse' }

function failure(options: C2dmOptions): ConfigError {
  try {
    resolveC2dmOptions(options)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('the options were taken')
}

describe('resolveC2dmOptions', () => {
  it('fills in every default', () => {
    expect(resolveC2dmOptions(ACCOUNT)).toEqual({
      credential: { kind: 'account', ...ACCOUNT, accountType: 'GOOGLE', appName: 'sendword' },
      sendUrl: new URL('https://android.apis.google.com/c2dm/send'),
      clientLoginUrl: new URL('https://www.google.com/accounts/ClientLogin'),
      ca: undefined,
      maxInFlight: 64,
      timeoutMs: 30_000,
      retry: { baseMs: 30_000, capMs: 3_600_000 },
    })
  })

  it('takes a token in place of the account', () => {
    expect(resolveC2dmOptions({ token: 'DQAAAL' }).credential).toEqual({ kind: 'token', token: 'DQAAAL' })
  })

  it('goes by the account when a token is given too, and by the token when the account is not complete', () => {
    expect(resolveC2dmOptions({ ...ACCOUNT, token: 'DQAAAL' }).credential).toMatchObject({ kind: 'account' })
    expect(resolveC2dmOptions({ user: ACCOUNT.user, token: 'DQAAAL' }).credential).toMatchObject({ kind: 'token' })
  })

  it('takes every option', () => {
    const ca = fixture('localhost-cert.pem')
    const settings = resolveC2dmOptions({
      ...ACCOUNT,
      accountType: 'HOSTED',
      appName: 'acme-app-1',
      c2dmUrl: 'http://localhost:1/c2dm/send',
      clientLoginUrl: 'http://localhost:1/accounts/ClientLogin',
      ca: [ca],
      maxInFlight: 1,
      timeoutMs: 10,
      retry: { baseMs: 5, capMs: 5 },
    })
    expect(settings).toMatchObject({ ca: [ca], maxInFlight: 1, timeoutMs: 10, retry: { baseMs: 5, capMs: 5 } })
    expect(settings.credential).toMatchObject({ accountType: 'HOSTED', appName: 'acme-app-1' })
    expect(settings.sendUrl.href).toBe('http://localhost:1/c2dm/send')
  })

  it.each<[string, C2dmOptions]>([
    ['no credential', {}],
    ['a user without a password', { user: 'sender@example.com' }],
    ['a password without a user', { password: 'x' }],
  ])('is not configured with %s', (_, options) => {
    expect(failure(options)).toMatchObject({
      code: 'PUSH_C2DM_NOT_CONFIGURED',
      cure: expect.stringContaining('C2DM_AUTH_USER'),
    })
  })

  it.each<[string, C2dmOptions]>([
    ['token', { token: 'two\r\nlines' }],
    ['token', { token: '' }],
    ['user', { ...ACCOUNT, user: '' }],
    ['user', { ...ACCOUNT, user: 'a\nb' }],
    ['password', { ...ACCOUNT, password: 'p'.repeat(1025) }],
    ['accountType', { ...ACCOUNT, accountType: 'google' }],
    ['appName', { ...ACCOUNT, appName: '' }],
    ['c2dmUrl', { ...ACCOUNT, c2dmUrl: 'android.apis.google.com' }],
    ['c2dmUrl', { ...ACCOUNT, c2dmUrl: 'ftp://example.com/' }],
    ['clientLoginUrl', { ...ACCOUNT, clientLoginUrl: 'https://user:secret@example.com/' }],
    ['ca', { ...ACCOUNT, ca: '/etc/ssl/ca.pem' }],
    ['maxInFlight', { ...ACCOUNT, maxInFlight: 0 }],
    ['maxInFlight', { ...ACCOUNT, maxInFlight: 1.5 }],
    ['timeoutMs', { ...ACCOUNT, timeoutMs: Number.NaN }],
    ['retry.baseMs', { ...ACCOUNT, retry: { baseMs: 0 } }],
    ['retry.capMs', { ...ACCOUNT, retry: { baseMs: 100, capMs: 99 } }],
  ])('refuses a bad %s by its name', (name, options) => {
    const error = failure(options)
    expect(error.code).toBe('PUSH_CONFIG_INVALID')
    expect(error.detail).toContain(`The C2DM option ${name} `)
  })

  it('shows no secret in a refusal', () => {
    expect(failure({ ...ACCOUNT, password: 'hush\u0007' }).message).not.toContain('hush')
    expect(failure({ token: 'hush hush' }).message).not.toContain('hush')
    expect(failure({ ...ACCOUNT, c2dmUrl: 'https://me:hush@example.com/' }).message).not.toContain('hush')
  })
})
