import { describe, expect, it } from 'vitest'
import { APNS_REASON_STATUS, APNS_REASONS, type ApnsReason } from '../../../../src/protocols/apns.ts'
import { type ClassifyContext, classify } from '../../../../src/transports/apns/classify.ts'

const APNS_ID = '0f7ac9a5-6f6c-8b0c-9d2d-1f6f8b8a0e11'
const CONTEXT: ClassifyContext = {
  now: Date.UTC(2026, 0, 1),
  outageMs: 900_000,
  apnsId: APNS_ID,
  addressSince: undefined,
  isTopicOfMessage: false,
  isOtherEnvironment: false,
  hidden: () => ['the-address', 'private-content'],
}

function judge(
  status: number,
  body: string | object,
  more: { headers?: object; context?: Partial<ClassifyContext> } = {},
) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return classify({ status, headers: { ...more.headers }, body: text }, { ...CONTEXT, ...more.context })
}

const reason = (name: ApnsReason, context: Partial<ClassifyContext> = {}) =>
  judge(APNS_REASON_STATUS[name], { reason: name }, { context })

describe('a success', () => {
  it('has the id that APNs gives back, or the one that it was sent with', () => {
    const other = '11111111-2222-4333-8444-555555555555'
    expect(judge(200, '', { headers: { 'apns-id': other } }).outcome).toEqual({ kind: 'accepted', providerId: other })
    expect(judge(200, '').outcome).toEqual({ kind: 'accepted', providerId: APNS_ID })
  })

  it.each(['<html>', '{}', ' '])('with a body and no id is unknown: %j', (body) => {
    expect(judge(200, body).outcome).toMatchObject({ kind: 'unknown', reason: 'unreadable answer' })
  })
})

describe('a reason', () => {
  const rejected = { kind: 'rejected' }
  const dead = { kind: 'unregistered' }
  const refused = { kind: 'unauthorized', probe: true }
  const verdicts: Readonly<Record<ApnsReason, object>> = {
    BadCollapseId: rejected,
    BadDeviceToken: dead,
    BadExpirationDate: rejected,
    BadMessageId: rejected,
    BadPriority: rejected,
    BadTopic: refused,
    DeviceTokenNotForTopic: dead,
    DuplicateHeaders: rejected,
    IdleTimeout: { kind: 'deferred', scope: 'device' },
    InvalidPushType: rejected,
    MissingDeviceToken: rejected,
    MissingTopic: refused,
    PayloadEmpty: rejected,
    TopicDisallowed: refused,
    BadCertificate: refused,
    BadCertificateEnvironment: refused,
    BadEnvironmentKeyIdInToken: refused,
    BadEnvironmentKeyInToken: refused,
    ExpiredProviderToken: refused,
    Forbidden: refused,
    InvalidProviderToken: refused,
    MissingProviderToken: refused,
    UnrelatedKeyIdInToken: refused,
    BadPath: rejected,
    MethodNotAllowed: rejected,
    ExpiredToken: dead,
    Unregistered: dead,
    PayloadTooLarge: rejected,
    TooManyProviderTokenUpdates: { kind: 'deferred', scope: 'sender', retryAfterMs: 1_200_000 },
    TooManyRequests: { kind: 'deferred', scope: 'device' },
    InternalServerError: { kind: 'deferred', scope: 'device', retryAfterMs: 900_000 },
    ServiceUnavailable: { kind: 'deferred', scope: 'sender', retryAfterMs: 900_000 },
    Shutdown: { kind: 'deferred', scope: 'sender', retryAfterMs: 900_000 },
  }

  it.each(APNS_REASONS)('decides: %s', (name) => {
    expect(reason(name).outcome).toEqual({ ...verdicts[name], reason: name })
  })

  it('that speaks of token or session is no verdict before it was tried again', () => {
    expect(
      Object.fromEntries(APNS_REASONS.flatMap((name) => (reason(name).remedy ? [[name, reason(name).remedy]] : []))),
    ).toEqual({
      ExpiredProviderToken: 'renew the token',
      TooManyProviderTokenUpdates: 'take the last token back',
      UnrelatedKeyIdInToken: 'change the session',
      IdleTimeout: 'change the session',
      Shutdown: 'change the session',
    })
  })

  it('of a topic that the message says itself is the message’s fault', () => {
    for (const name of ['DeviceTokenNotForTopic', 'BadTopic', 'TopicDisallowed', 'MissingTopic'] as const) {
      expect(reason(name, { isTopicOfMessage: true }).outcome).toEqual({ kind: 'rejected', reason: name })
    }
  })

  it('of an environment that is not the app’s stops nobody else', () => {
    const context = { isOtherEnvironment: true }
    expect(reason('BadEnvironmentKeyInToken', context).outcome).toMatchObject({ kind: 'rejected' })
    expect(reason('InvalidProviderToken', context).outcome).toMatchObject({ kind: 'rejected' })
    expect(reason('ServiceUnavailable', context).outcome).toMatchObject({ kind: 'deferred', scope: 'device' })
  })
})

describe('a dead address', () => {
  const timestamp = Date.UTC(2026, 0, 1)
  const gone = (addressSince?: number) =>
    judge(410, { reason: 'Unregistered', timestamp }, { context: { addressSince } }).outcome

  it('is dead when it was registered before that', () => {
    for (const since of [undefined, timestamp - 1, timestamp])
      expect(gone(since)).toMatchObject({ kind: 'unregistered' })
  })

  it('is tried again when it was registered after that', () => {
    expect(gone(timestamp + 1)).toEqual({ kind: 'deferred', scope: 'device', reason: 'Unregistered' })
  })

  it('is dead when the answer does not say since when', () => {
    const context = { addressSince: timestamp }
    expect(judge(410, { reason: 'Unregistered' }, { context }).outcome).toMatchObject({ kind: 'unregistered' })
    expect(judge(410, { reason: 'Unregistered', timestamp: 'x' }, { context }).outcome).toMatchObject({
      kind: 'unregistered',
    })
  })
})

describe('an answer without a reason that is known', () => {
  it.each<[number, object]>([
    [403, { kind: 'unauthorized', probe: true }],
    [413, { kind: 'rejected' }],
    [429, { kind: 'deferred', scope: 'device' }],
    [500, { kind: 'deferred', scope: 'device', retryAfterMs: 900_000 }],
    [502, { kind: 'deferred', scope: 'device', retryAfterMs: 900_000 }],
    [503, { kind: 'deferred', scope: 'sender', retryAfterMs: 900_000 }],
  ])('is judged by its status: %i', (status, verdict) => {
    for (const body of ['', '<html>', '{"reason":', 'null', '[]', '{"reason":7}', '{"reason":"a\\nb"}']) {
      expect(judge(status, body).outcome).toEqual({ ...verdict, reason: `HTTP ${status}` })
    }
  })

  it.each([301, 400, 404, 405, 410, 418])('condemns neither message nor address: %i', (status) => {
    expect(judge(status, '').outcome).toMatchObject({ kind: 'unknown', reason: `HTTP ${status}` })
  })

  it('is unknown by the word that it has, and shows no address and no content', () => {
    const body = '{"reason":"SomethingNew","for":"the-address","said":"private-content"}'
    const { outcome } = judge(400, body)
    expect(outcome).toMatchObject({ kind: 'unknown', reason: 'SomethingNew' })
    expect(JSON.stringify(outcome)).not.toMatch(/the-address|private-content/)
  })
})

it('Retry-After goes before what Apple’s rules say', () => {
  const headers = { 'retry-after': '120' }
  for (const name of ['ServiceUnavailable', 'InternalServerError', 'TooManyRequests'] as const) {
    expect(judge(APNS_REASON_STATUS[name], { reason: name }, { headers }).outcome).toMatchObject({
      retryAfterMs: 120_000,
    })
  }
})
