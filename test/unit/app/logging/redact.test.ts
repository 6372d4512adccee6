import { describe, expect, test } from 'vitest'
import { redactFields, redactQuery, redactText } from '../../../../src/app/logging/redact.ts'

describe('a request’s URL', () => {
  test.each([
    ['/c2dm/registration?device_id=d&registration_id=hunter2', '/c2dm/registration?[redacted]'],
    ['/apps/shop/c2dm/confirmation?registration_token=hunter2', '/apps/shop/c2dm/confirmation?[redacted]'],
    ['/registration?', '/registration?[redacted]'],
    ['/c2dm/registration/?registration_id=hunter2', '/c2dm/registration/?[redacted]'],
    ['/c2dm/%72egistration?hunter2', '/c2dm/%72egistration?[redacted]'],
    ['/c2dm/REGISTRATION?hunter2', '/c2dm/REGISTRATION?[redacted]'],
    ['/c2dm/registration', '/c2dm/registration'],
    ['http://h/c2dm/registration?hunter2?x', 'http://h/c2dm/registration?[redacted]'],
    ['/v1/apps/default/devices?limit=5', '/v1/apps/default/devices?limit=5'],
    ['/elsewhere?registration_id=hunter2&a=b', '/elsewhere?registration_id=[redacted]&a=b'],
    ['/elsewhere?a=b&token=hunter2', '/elsewhere?a=b&token=[redacted]'],
  ])('%s', (url, shown) => {
    expect(redactQuery(url)).toBe(shown)
  })
})

describe('a text', () => {
  test.each([
    [
      'GET /c2dm/registration?device_id=1&registration_id=hunter2 HTTP/1.1',
      'GET /c2dm/registration?[redacted] HTTP/1.1',
    ],
    ['Authorization: GoogleLogin auth=hunter2', 'Authorization: GoogleLogin auth=[redacted]'],
    ['SID=hunter2\nLSID=hunter2\nAuth=hunter2\n', 'SID=[redacted]\nLSID=[redacted]\nAuth=[redacted]\n'],
    ['Authorization: Bearer hunter2hunter2hunter2', 'Authorization: Bearer [redacted]'],
    ['postgres://me:hunter2@db:5432/x', 'postgres://[redacted]@db:5432/x'],
    ['postgres://me:hun/ter2@db/x', 'postgres://[redacted]@db/x'],
    ['smtp://hunter2@mail', 'smtp://[redacted]@mail'],
    ['{"password":"hun\\"ter2","port":1}', '{"password":"[redacted]","port":1}'],
    ['Failed query: select $1\nparams: hunter2,\nhunter2', 'Failed query: select $1\nparams: [redacted]'],
    ['Email=a&Passwd=hunter2&service=ac2dm', 'Email=a&Passwd=[redacted]&service=ac2dm'],
    ['SENDWORD_SECRET=hunter2', 'SENDWORD_SECRET=[redacted]'],
    [
      'The token is missing; author=me, https://example.com/a:b',
      'The token is missing; author=me, https://example.com/a:b',
    ],
    ['a bearer of news', 'a bearer of news'],
  ])('%j', (text, shown) => {
    expect(redactText(text)).toBe(shown)
  })

  test('of any length is redacted in bounded time', () => {
    for (const part of ['a', 'a.', '/registration', 'token', '"token":"\\', '://', 'a://a:', 'bearer ']) {
      expect(redactText(part.repeat(100_000)).length).toBeLessThan(100_000)
    }
  })
})

describe('fields', () => {
  test.each([
    'address',
    'registrationId',
    'registration_id',
    'registration-id',
    'token',
    'confirmationToken',
    'registration_token',
    'password',
    'Passwd',
    'secret',
    'clientSecret',
    'authorization',
    'Authorization',
    'apiKey',
    'api_key',
    'X-API-Key',
    'Sendword-Device-Key',
    'cookie',
    'set-cookie',
    'auth',
    'Update-Client-Auth',
    'parameters',
  ])('%s is redacted at any depth', (name) => {
    const fields = {
      [name]: 'hunter2',
      headers: { [name]: ['hunter2'] },
      list: [{ inner: { [name]: { a: 'hunter2' } } }],
    }
    expect(redactFields(fields)).toEqual({
      [name]: '[redacted]',
      headers: { [name]: '[redacted]' },
      list: [{ inner: { [name]: '[redacted]' } }],
    })
  })

  test('what is harmless stays', () => {
    const fields = { deviceId: 'd', collapseKey: 'k', host: 'h', count: 3, hasToken: true, token: null, none: null }
    expect(redactFields(fields)).toEqual(fields)
  })

  test('maps and sets are looked into, URLs and dates written out, bytes only counted', () => {
    const fields = {
      map: new Map([['token', 'hunter2']]),
      set: new Set(['postgres://u:hunter2@h/x']),
      url: new URL('http://h/c2dm/registration?hunter2'),
      at: new Date(0),
      body: Buffer.from('hunter2'),
      big: 10n,
      absent: undefined,
    }
    expect(redactFields(fields)).toEqual({
      map: { token: '[redacted]' },
      set: ['postgres://[redacted]@h/x'],
      url: 'http://h/c2dm/registration?[redacted]',
      at: '1970-01-01T00:00:00.000Z',
      body: '[7 bytes]',
      big: '10',
    })
  })

  test('circles, depths and lengths have an end', () => {
    const circle: Record<string, unknown> = { name: 'a' }
    circle.self = circle
    let deep: Record<string, unknown> = {}
    for (let i = 0; i < 1000; i++) deep = { deep }
    const written = JSON.stringify(
      redactFields({ circle, deep, list: new Array(100_000).fill(1), text: 'x'.repeat(1e6) }),
    )
    expect(written).toContain('[circular]')
    expect(written).toContain('[too deep]')
    expect(written).toContain('99900 more')
    expect(written.length).toBeLessThan(10_000)
  })

  test('the same object twice is no circle', () => {
    const shared = { a: 1 }
    expect(redactFields({ first: shared, second: shared })).toEqual({ first: { a: 1 }, second: { a: 1 } })
  })
})
