import { describe, expect, it, test } from 'vitest'
import { AUTOPUSH_ERRORS, type AutopushErrorName } from '../../../../src/protocols/web-push.ts'
import { APPLE_WEB_PUSH_REASONS } from '../../../../src/protocols/web-push-services.ts'
import { classify } from '../../../../src/transports/webpush/classify.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')

const ENDPOINT = new URL('https://p.example/wpush/v2/capability-of-it?token=other-capability')

function verdict(status: number, body = '', headers: Readonly<Record<string, string>> = {}) {
  const context = { now: NOW, messageId: 'our-id', endpoint: ENDPOINT, hidden: () => ['secret-part'] }
  return classify({ status, body, headers }, context)
}

describe('an answer that took the message', () => {
  test.each([200, 201, 202, 204])('is %d', (status) => {
    expect(verdict(status)).toEqual({ kind: 'accepted', providerId: 'our-id' })
  })

  test.each([
    ['Location, of which the last part is kept', { location: 'https://p.example/m/abc?x=1' }, 'abc'],
    ['apns-id', { 'apns-id': '11-22', location: 'https://p.example/m/abc' }, '11-22'],
    ['X-WNS-Msg-Id', { 'x-wns-msg-id': '4F1' }, '4F1'],
  ])('has its id from %s', (_, headers, providerId) => {
    expect(verdict(201, '', headers)).toEqual({ kind: 'accepted', providerId })
  })

  test.each([
    ['the endpoint', ENDPOINT.href],
    ['its path', '/wpush/v2/capability-of-it'],
    ['what holds a part of it', 'https://p.example/m/id-capability-of-it'],
    ['what holds its query', 'https://p.example/m/other-capability'],
  ])('keeps no id that gives the address away, when Location is %s', (_, location) => {
    expect(verdict(201, '', { location })).toEqual({ kind: 'accepted', providerId: 'our-id' })
  })

  it('is none when Windows says that it dropped the message', () => {
    expect(verdict(200, '', { 'x-wns-status': 'dropped' })).toMatchObject({ kind: 'rejected' })
    expect(verdict(200, '', { 'x-wns-notificationstatus': 'channelThrottled' })).toMatchObject({ scope: 'device' })
    expect(verdict(201, '', { 'x-wns-status': 'received' })).toMatchObject({ kind: 'accepted' })
  })
})

describe('a status', () => {
  test.each([
    [400, { kind: 'rejected', reason: 'HTTP 400' }],
    [401, { kind: 'reauthenticate', reason: 'HTTP 401' }],
    [403, { kind: 'reauthenticate', reason: 'HTTP 403' }],
    [404, { kind: 'unregistered', reason: 'HTTP 404' }],
    [406, { kind: 'deferred', scope: 'device', reason: 'HTTP 406' }],
    [410, { kind: 'unregistered', reason: 'HTTP 410' }],
    [413, { kind: 'rejected', reason: 'HTTP 413' }],
    [429, { kind: 'deferred', scope: 'device', reason: 'HTTP 429' }],
    [500, { kind: 'deferred', scope: 'device', reason: 'HTTP 500' }],
    [503, { kind: 'deferred', scope: 'device', reason: 'HTTP 503' }],
    [507, { kind: 'deferred', scope: 'device', reason: 'HTTP 507' }],
    [301, { kind: 'unknown', reason: 'HTTP 301', raw: 'text' }],
    [307, { kind: 'unknown', reason: 'HTTP 307', raw: 'text' }],
    [402, { kind: 'unknown', reason: 'HTTP 402', raw: 'text' }],
  ])('%d means what the table says', (status, outcome) => {
    expect(verdict(status, 'text')).toEqual(outcome)
  })

  it('waits as long as Retry-After says, in both of its forms', () => {
    expect(verdict(429, '', { 'retry-after': '120' })).toMatchObject({ retryAfterMs: 120_000 })
    expect(verdict(503, '', { 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT' })).toMatchObject({ retryAfterMs: 60_000 })
    expect(verdict(429, '', { 'retry-after': 'soon' })).not.toHaveProperty('retryAfterMs')
  })

  it('keeps of an unknown answer neither what is hidden nor a long token', () => {
    const { raw } = verdict(302, `secret-part \u0007 ${'x'.repeat(50)}`) as { raw: string }
    expect(raw).toBe('[hidden] \ufffd [hidden]')
  })
})

describe('a subscription for another VAPID key is unregistered', () => {
  test.each([
    ['FCM', 403, 'the VAPID credentials in the authorization header do not correspond to the credentials used'],
    ['FCM, without VAPID', 400, '<HTML><TITLE>UnauthorizedRegistration</TITLE></HTML>'],
    ['Apple', 400, '{"reason":"VapidPkHashMismatch"}'],
    ['Apple, as others report', 403, '{"reason":"VapidPkHashMismatch"}'],
    ['Mozilla', 401, '{"code":401,"errno":109,"error":"Unauthorized","message":"VAPID public key mismatch"}'],
  ])('%s', (_, status, body) => {
    expect(verdict(status, body)).toMatchObject({ kind: 'unregistered' })
  })
})

describe('autopush', () => {
  const KINDS: Partial<Record<AutopushErrorName, string>> = {
    InvalidToken: 'unregistered',
    NoUser: 'unregistered',
    UserWasDeleted: 'unregistered',
    NoSubscription: 'unregistered',
    KeyMismatch: 'unregistered',
    InvalidAuthentication: 'reauthenticate',
    PayloadTooLarge: 'rejected',
    InvalidRouterType: 'rejected',
    InvalidEncryption: 'rejected',
    NoTTL: 'rejected',
    InvalidTopic: 'rejected',
    NegativeTTL: 'rejected',
  }
  test.each(Object.entries(AUTOPUSH_ERRORS))('%s has its verdict', (name, { status, errno, message }) => {
    const body = JSON.stringify({ code: status, errno, error: 'x', message, more_info: 'https://…' })
    expect(verdict(status, body).kind).toBe(KINDS[name as AutopushErrorName] ?? 'deferred')
  })
})

test.each(APPLE_WEB_PUSH_REASONS)('Apple’s %s has its verdict, whatever the status', (reason) => {
  const outcome = verdict(400, JSON.stringify({ reason }))
  expect(outcome.kind).toMatch(/rejected|unregistered|deferred|reauthenticate/)
  if (outcome.kind !== 'accepted') expect(outcome.reason).toMatch(reason === 'VapidPkHashMismatch' ? /VAPID/ : reason)
})
