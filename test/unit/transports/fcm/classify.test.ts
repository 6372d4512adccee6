import { describe, expect, it } from 'vitest'
import {
  APNS_ERROR_TYPE,
  BAD_REQUEST_TYPE,
  FCM_ERROR_TYPE,
  QUOTA_FAILURE_TYPE,
  RPC_STATUSES,
  type RpcStatus,
} from '../../../../src/protocols/fcm.ts'
import { classify } from '../../../../src/transports/fcm/classify.ts'

const CONTEXT = { now: Date.UTC(2026, 0, 1), isPayloadGood: false, hidden: () => ['the-address', 'private-content'] }

function judge(status: number, body: string | object, headers = {}, context = CONTEXT) {
  return classify({ status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) }, context)
}

const error = (status: string, details: object[] = [], message = '') => ({ error: { status, message, details } })
const fcm = (errorCode: string) => ({ '@type': FCM_ERROR_TYPE, errorCode })
const violations = (...fields: string[]) => ({
  '@type': BAD_REQUEST_TYPE,
  fieldViolations: fields.map((field) => ({ field, description: 'wrong' })),
})
const quota = (subject: string, description = '') => ({
  '@type': QUOTA_FAILURE_TYPE,
  violations: [{ subject, description }],
})

describe('a success', () => {
  it('has the name of the message for its id', () => {
    expect(judge(200, { name: 'projects/p/messages/0:1' })).toEqual({
      kind: 'accepted',
      providerId: 'projects/p/messages/0:1',
    })
  })

  it.each(['', '{}', '{"name":1}', '<html>', '{"name":', 'null', '[]'])('without a name is unknown: %j', (body) => {
    expect(judge(200, body)).toMatchObject({ kind: 'unknown', reason: 'unreadable answer' })
  })
})

describe('the status of google.rpc, where there is no FcmError', () => {
  const waits = { kind: 'deferred', scope: 'device' }
  const verdicts: Readonly<Record<RpcStatus, object | string>> = {
    CANCELLED: waits,
    UNKNOWN: waits,
    INVALID_ARGUMENT: { kind: 'rejected' },
    DEADLINE_EXCEEDED: waits,
    NOT_FOUND: { kind: 'unauthorized', probe: true },
    ALREADY_EXISTS: { kind: 'unknown' },
    PERMISSION_DENIED: { kind: 'unauthorized', probe: true },
    UNAUTHENTICATED: 'reauthenticate',
    RESOURCE_EXHAUSTED: { kind: 'deferred', scope: 'sender', retryAfterMs: 60_000 },
    FAILED_PRECONDITION: { kind: 'unknown' },
    ABORTED: waits,
    OUT_OF_RANGE: { kind: 'unknown' },
    UNIMPLEMENTED: { kind: 'unknown' },
    INTERNAL: waits,
    UNAVAILABLE: { kind: 'deferred', scope: 'sender' },
    DATA_LOSS: waits,
  }

  it.each(RPC_STATUSES)('decides: %s', (status) => {
    const verdict = verdicts[status]
    // HTTP says another thing, and is not asked.
    const judged = judge(418, error(status))
    if (typeof verdict === 'string') expect(judged).toBe(verdict)
    else expect(judged).toMatchObject(verdict)
  })

  it('does not, where the FcmError says more', () => {
    expect(judge(404, error('NOT_FOUND', [fcm('UNREGISTERED')]))).toEqual({
      kind: 'unregistered',
      reason: 'UNREGISTERED',
    })
    const details = [fcm('THIRD_PARTY_AUTH_ERROR'), { '@type': APNS_ERROR_TYPE, statusCode: 403, reason: 'x' }]
    expect(judge(401, error('UNAUTHENTICATED', details))).toMatchObject({ kind: 'rejected' })
    expect(judge(403, error('PERMISSION_DENIED', [fcm('SENDER_ID_MISMATCH')]))).toMatchObject({ kind: 'unregistered' })
  })

  it('decides beside an FcmError that says nothing, or that is not known', () => {
    for (const code of ['UNSPECIFIED_ERROR', 'SOMETHING_NEW']) {
      expect(judge(503, error('UNAVAILABLE', [fcm(code)]))).toMatchObject({ kind: 'deferred', scope: 'sender' })
    }
  })
})

describe('HTTP alone', () => {
  it.each<[number, object | string]>([
    [302, { kind: 'unknown' }],
    [400, { kind: 'unknown' }],
    [401, 'reauthenticate'],
    [403, { kind: 'unauthorized', reason: 'HTTP 403' }],
    [404, { kind: 'unauthorized', reason: 'HTTP 404' }],
    [413, { kind: 'rejected', reason: 'HTTP 413' }],
    [429, { kind: 'deferred', scope: 'sender', retryAfterMs: 60_000 }],
    [500, { kind: 'deferred', scope: 'device' }],
    [502, { kind: 'deferred', scope: 'device' }],
    [503, { kind: 'deferred', scope: 'sender' }],
  ])('decides where the body says nothing: %i', (status, verdict) => {
    for (const body of ['', '<html>…</html>', '{"error":', '{"error":"x"}', 'null']) {
      const judged = judge(status, body)
      if (typeof verdict === 'string') expect(judged).toBe(verdict)
      else expect(judged).toMatchObject(verdict)
    }
  })

  it('never condemns an address', () => {
    for (let status = 200; status < 600; status++) {
      expect(judge(status, '')).not.toMatchObject({ kind: 'unregistered' })
    }
  })
})

describe('INVALID_ARGUMENT', () => {
  const invalid = (message: string, ...details: object[]) =>
    error('INVALID_ARGUMENT', [fcm('INVALID_ARGUMENT'), ...details], message)

  it.each(['Android message is too big', 'Message is too large. The maximum is 4K (4096 bytes).'])(
    'is the size: %s',
    (message) => {
      expect(judge(400, invalid(message))).toEqual({
        kind: 'rejected',
        reason: 'INVALID_ARGUMENT: message too big',
      })
    },
  )

  it('names the fields that are wrong, without the keys in them', () => {
    expect(judge(400, invalid('Invalid', violations('message.android.ttl', 'message.data[private-content]')))).toEqual({
      kind: 'rejected',
      reason: 'INVALID_ARGUMENT: message.android.ttl, message.data',
    })
  })

  it('blames an address only where the message was taken for another', () => {
    const good = { ...CONTEXT, isPayloadGood: true }
    const words = invalid('The registration token is not a valid FCM registration token')
    const field = invalid('Request contains an invalid argument.', violations('message.token'))
    for (const body of [words, field]) {
      expect(judge(400, body)).toMatchObject({ kind: 'rejected' })
      expect(judge(400, body, {}, good)).toMatchObject({ kind: 'unregistered' })
    }
    const other = invalid('not a valid FCM registration token', violations('message.android.ttl'))
    expect(judge(400, other, {}, good)).toMatchObject({ kind: 'rejected' })
  })
})

describe('a quota', () => {
  const exceeded = (...details: object[]) => error('RESOURCE_EXHAUSTED', [fcm('QUOTA_EXCEEDED'), ...details])

  it.each([
    ['device', 'device:abc', ''],
    ['device', 'registration', 'Message rate exceeded'],
    ['sender', 'project:my-device-app', ''],
    ['sender', 'project:1', 'Messages a minute for this project'],
    ['sender', 'topic:news', ''],
  ])('is of the %s: %s %s', (scope, subject, description) => {
    expect(judge(429, exceeded(quota(subject, description)))).toMatchObject({ kind: 'deferred', scope })
  })

  it('waits as long as Retry-After says, else a minute', () => {
    expect(judge(429, exceeded(), { 'retry-after': '7' })).toMatchObject({ retryAfterMs: 7_000 })
    expect(judge(429, exceeded())).toMatchObject({ retryAfterMs: 60_000 })
  })
})

it('what is kept of an unknown answer is short and hides address, content and what may be a secret', () => {
  const body = `the-address private-content ${'A'.repeat(40)} \u0007 ${'word '.repeat(100)}`
  const { raw = '' } = judge(418, body) as { raw?: string }
  expect(raw).toMatch(/^\[hidden\] \[hidden\] \[hidden\] \ufffd word/)
  expect(raw.length).toBeLessThanOrEqual(120)
})
