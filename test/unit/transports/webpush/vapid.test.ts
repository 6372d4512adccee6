import { createPublicKey, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { resolveWebPushOptions, type VapidOptions } from '../../../../src/transports/webpush/options.ts'
import { openVapidDrawer } from '../../../../src/transports/webpush/vapid-drawer.ts'
import { newVapidKeyTexts, readVapidKeys, type VapidKeys } from '../../../../src/transports/webpush/vapid-keys.ts'
import { createVapidTokens } from '../../../../src/transports/webpush/vapid-tokens.ts'
import { silentLogger } from '../../../../src/util/logger.ts'
import { createManualClock } from '../../../kit/manual-clock.ts'
import { memoryCredentialStore } from '../../../kit/memory-credential-store.ts'

const HOUR_MS = 3_600_000
const ORIGIN = 'https://push.example.org'

function newKeys(): VapidKeys {
  const keys = readVapidKeys(newVapidKeyTexts())
  if ('problem' in keys) throw new Error(keys.problem)
  return keys
}

describe('a token', () => {
  const keys = newKeys()
  const open = () => {
    const clock = createManualClock()
    return { clock, tokens: createVapidTokens({ keys, subject: 'mailto:ops@example.com', clock }) }
  }

  it('is a JWT that the public key in the same header verifies', () => {
    const { clock, tokens } = open()
    const [, jwt = '', k = ''] = /^vapid t=(\S+), k=(\S+)$/.exec(tokens.current(ORIGIN)) ?? []
    const [header = '', claims = '', signature = ''] = jwt.split('.')
    const point = Buffer.from(k, 'base64url')
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'))
    const key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '' }, format: 'jwk' })
    const isGood = verify(
      'sha256',
      Buffer.from(`${header}.${claims}`),
      { key, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    )
    expect(isGood).toBe(true)
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ typ: 'JWT', alg: 'ES256' })
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({
      aud: ORIGIN,
      exp: Math.floor((clock.now() + 12 * HOUR_MS) / 1000),
      sub: 'mailto:ops@example.com',
    })
  })

  it('is used until an hour before its end, for its own origin only', async () => {
    const { clock, tokens } = open()
    const first = tokens.current(ORIGIN)
    await clock.advance(11 * HOUR_MS - 1)
    expect(tokens.current(ORIGIN)).toBe(first)
    expect(tokens.current('https://other.example')).not.toBe(first)
    await clock.advance(1)
    expect(tokens.current(ORIGIN)).not.toBe(first)
  })

  it('that is refused is renewed once an hour and no more, for all who hold it', async () => {
    const { clock, tokens } = open()
    const first = tokens.current(ORIGIN)
    expect(tokens.renew(ORIGIN, first)).toBeUndefined()
    await clock.advance(HOUR_MS)
    const second = tokens.renew(ORIGIN, first)
    expect(second).not.toBe(first)
    expect(tokens.renew(ORIGIN, first)).toBe(second)
    expect(tokens.renew(ORIGIN, second ?? '')).toBeUndefined()
  })
})

describe('the key pair', () => {
  const clock = createManualClock()
  const open = (store = memoryCredentialStore(), given?: VapidKeys) =>
    openVapidDrawer({ given, store, clock, logger: silentLogger })

  it('is made at first use, and is the same in every process from then on', async () => {
    const store = memoryCredentialStore()
    const found = await Promise.all(Array.from({ length: 5 }, () => open(store).current()))
    expect(new Set(found.map(({ publicKey }) => publicKey)).size).toBe(1)
    expect((await open(store).current()).publicKey).toBe(found[0]?.publicKey)
  })

  it('is the operator’s where he gives one, and nothing is kept', async () => {
    const store = memoryCredentialStore()
    const given = newKeys()
    expect((await open(store, given).current()).publicKey).toBe(given.publicKey)
    expect(store.entries.size).toBe(0)
  })

  it('is never made anew where there is one that cannot be opened', async () => {
    const store = { ...memoryCredentialStore(), get: async () => undefined, putIfAbsent: async () => undefined }
    await expect(open(store).current()).rejects.toMatchObject({ code: 'PUSH_CONFIG_SECRET_WRONG' })
  })

  it('is asked for again when the store failed', async () => {
    const store = memoryCredentialStore()
    store.failure = new Error('the database is away')
    const drawer = open(store)
    await expect(drawer.current()).rejects.toThrow('the database is away')
    store.failure = undefined
    expect((await drawer.current()).publicKey).toMatch(/^[\w-]{87}$/)
  })
})

describe('vapid options', () => {
  const texts = newVapidKeyTexts()
  const other = newVapidKeyTexts()
  it.each<[string, VapidOptions, RegExp]>([
    ['half a pair', { publicKey: texts.publicKey }, /privateKey is needed/],
    ['the other half', { privateKey: texts.privateKey }, /publicKey is needed/],
    ['halves of two pairs', { ...texts, publicKey: other.publicKey }, /does not belong/],
    ['a private key of another length', { ...texts, privateKey: 'abc' }, /32 bytes/],
    ['no key of the curve', { ...texts, privateKey: 'A'.repeat(43) }, /no key of the curve/],
    ['a subject that is no URL', { subject: 'ops@example.com' }, /subject must be/],
    ['a subject that Apple refuses', { subject: 'mailto:ops@localhost' }, /subject must be/],
    ['another one', { subject: 'mailto: <ops@example.com>' }, /subject must be/],
  ])('refuse %s, and show no key', (_, vapid, detail) => {
    const resolve = () => resolveWebPushOptions({ vapid })
    expect(resolve).toThrow(expect.objectContaining({ code: 'PUSH_CONFIG_INVALID' }))
    expect(resolve).toThrow(detail)
    expect(resolve).not.toThrow(texts.privateKey)
  })
})
