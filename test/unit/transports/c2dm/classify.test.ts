import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../../../src/model/outcome.ts'
import { classify } from '../../../../src/transports/c2dm/classify.ts'

const NOW = Date.UTC(2026, 0, 1)
const ADDRESS = 'APA91b:secret/address'
const TOKEN = 'DQAAAL-token'

function judge(status: number, body: string, headers = {}) {
  return classify({ status, body, headers }, { now: NOW, hidden: [ADDRESS, TOKEN] })
}

describe('an answer of C2DM', () => {
  it.each<[body: string, outcome: Outcome]>([
    [
      'id=0:1326885481081626%900b347100019e5f\n',
      { kind: 'accepted', providerId: '0:1326885481081626%900b347100019e5f' },
    ],
    ['id=a=b==\r\nmore', { kind: 'accepted', providerId: 'a=b==' }],
    ['  id = 7 ', { kind: 'accepted', providerId: '7' }],
    ['Error=QuotaExceeded\n', { kind: 'deferred', scope: 'sender', reason: 'QuotaExceeded' }],
    ['Error=DeviceQuotaExceeded\n', { kind: 'deferred', scope: 'device', reason: 'DeviceQuotaExceeded' }],
    ['Error=MissingRegistration\n', { kind: 'rejected', reason: 'MissingRegistration' }],
    ['Error=MessageTooBig', { kind: 'rejected', reason: 'MessageTooBig' }],
    ['Error=MissingCollapseKey\r\n', { kind: 'rejected', reason: 'MissingCollapseKey' }],
    ['Error=InvalidRegistration\n', { kind: 'unregistered', reason: 'InvalidRegistration' }],
    ['Error=NotRegistered\n', { kind: 'unregistered', reason: 'NotRegistered' }],
    ['Error=MismatchSenderId\n', { kind: 'unregistered', reason: 'MismatchSenderId' }],
    ['', { kind: 'deferred', scope: 'device', reason: 'empty answer' }],
    [' \r\n\n', { kind: 'deferred', scope: 'device', reason: 'empty answer' }],
  ])('reads %j', (body, outcome) => {
    expect(judge(200, body)).toEqual(outcome)
  })

  it('asks for another token on 401 and 403, whatever its body', () => {
    expect(judge(401, 'id=1')).toBe('reauthenticate')
    expect(judge(403, '<html>')).toBe('reauthenticate')
  })

  it.each([
    ['seconds', { 'retry-after': '120' }, { retryAfterMs: 120_000 }],
    ['a date', { 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT' }, { retryAfterMs: 60_000 }],
    ['none', {}, {}],
    ['garbage', { 'retry-after': 'later' }, {}],
  ])('holds the sender on 503 with Retry-After as %s', (_, headers, wait) => {
    expect(judge(503, '<html>busy</html>', headers)).toEqual({
      kind: 'deferred',
      scope: 'sender',
      reason: 'HTTP 503',
      ...wait,
    })
  })

  it.each([500, 502, 504, 599])('lets only this send wait on %i', (status) => {
    expect(judge(status, 'id=1')).toEqual({ kind: 'deferred', scope: 'device', reason: `HTTP ${status}` })
  })

  it('honours Retry-After on a quota error', () => {
    expect(judge(200, 'Error=QuotaExceeded', { 'retry-after': '5' })).toMatchObject({ retryAfterMs: 5_000 })
  })

  it.each([
    [200, 'Error=Brand New\n', 'unlisted error', 'Error=Brand New'],
    [200, 'Error=\n', 'unlisted error', 'Error='],
    [200, 'Error=toString', 'unlisted error', 'Error=toString'],
    [200, 'error=NotRegistered', 'unreadable answer', 'error=NotRegistered'],
    [200, 'id=\n', 'unreadable answer', 'id='],
    [200, '<html>\nid=1', 'unreadable answer', '<html>'],
    [404, 'id=1', 'HTTP 404', 'id=1'],
    [302, '', 'HTTP 302', ''],
    [100, '', 'HTTP 100', ''],
  ])('is unknown: %i %j', (status, body, reason, raw) => {
    expect(judge(status, body)).toEqual({ kind: 'unknown', reason, raw })
  })
})

describe('the raw answer that is kept', () => {
  const raw = (body: string) => {
    const outcome = judge(418, body)
    if (outcome === 'reauthenticate' || outcome.kind !== 'unknown') throw new Error('not unknown')
    return outcome.raw
  }

  it('shows neither the address nor the token, in any spelling, nor anything that looks like one', () => {
    expect(raw(`bad ${ADDRESS} and ${encodeURIComponent(ADDRESS)}`)).toBe('bad [hidden] and [hidden]')
    expect(raw(`auth=${TOKEN}`)).toBe('auth=[hidden]')
    expect(raw(`key ${'Ab3'.repeat(20)}`)).toBe('key [hidden]')
  })

  it('is one short line that any database takes', () => {
    expect(raw(`a\u0000b\u001b[31m${' word'.repeat(1000)}\nsecond`)).toMatch(/^a\ufffdb\ufffd\[31m( word)+/)
    expect(raw(' word'.repeat(1000)).length).toBeLessThanOrEqual(120)
  })
})

describe('the id of an accepted message', () => {
  it('is one that any database takes', () => {
    expect(judge(200, `id=a\u0000b${'x'.repeat(1000)}`)).toMatchObject({ kind: 'accepted' })
    const outcome = judge(200, `id=a\u0000b${'x'.repeat(1000)}`) as { providerId: string }
    expect(outcome.providerId).toMatch(/^a\ufffdbx{252}$/)
  })
})
