import { createPrivateKey, createPublicKey, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readProviderKey } from '../../../../src/transports/apns/provider-key.ts'
import { createProviderToken, shareProviderToken } from '../../../../src/transports/apns/provider-token.ts'
import { newKey } from './stub-apns.ts'

const MINUTE = 60_000
const START = Date.UTC(2026, 0, 1)

function key() {
  const { key: pem, keyId, teamId } = newKey()
  return { keyId, teamId, privateKey: createPrivateKey(pem) }
}

const issuedAt = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()).iat * 1000

describe('a provider token', () => {
  it('is a JWT of team and key, signed with ES256', () => {
    const signer = key()
    const [header = '', claims = '', signature = ''] = createProviderToken(signer).current(START).split('.')
    const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString())
    expect(read(header)).toEqual({ alg: 'ES256', kid: 'KEY4567890' })
    expect(read(claims)).toEqual({ iss: 'TEAM567890', iat: START / 1000 })
    const publicKey = { key: createPublicKey(signer.privateKey), dsaEncoding: 'ieee-p1363' } as const
    expect(verify('sha256', Buffer.from(`${header}.${claims}`), publicKey, Buffer.from(signature, 'base64url'))).toBe(
      true,
    )
  })

  it('is used for 45 minutes', () => {
    const token = createProviderToken(key())
    const first = token.current(START)
    expect(token.current(START + 45 * MINUTE - 1)).toBe(first)
    const second = token.current(START + 45 * MINUTE)
    expect(issuedAt(second)).toBe(START + 45 * MINUTE)
    expect(token.current(START + 90 * MINUTE - 1)).toBe(second)
  })

  it('that APNs calls expired is replaced once, and whoever holds sessions hears of it', () => {
    const token = createProviderToken(key())
    let heard = 0
    const subscription = token.subscribe(() => heard++)
    const first = token.current(START)
    for (let i = 0; i < 100; i++) token.replace(first, START + MINUTE)
    const second = token.current(START + MINUTE)
    expect(second).not.toBe(first)
    expect(heard).toBe(1)
    subscription.unsubscribe()
    token.replace(second, START + 2 * MINUTE)
    expect(heard).toBe(1)
  })

  it('that came too soon for APNs gives way to the last one, which lives for as long as it may', () => {
    const token = createProviderToken(key())
    const first = token.current(START)
    const second = token.current(START + 45 * MINUTE)
    token.takeBack(second, START + 46 * MINUTE)
    expect(token.current(START + 46 * MINUTE)).toBe(first)
    expect(token.current(START + 58 * MINUTE - 1)).toBe(first)
    const third = token.current(START + 58 * MINUTE)
    expect([first, second]).not.toContain(third)
    // There is nothing to take back any more.
    token.takeBack(third, START + 59 * MINUTE)
    expect(token.current(START + 59 * MINUTE)).toBe(third)
  })

  it('is one for all that send with the key, until none does', () => {
    const signer = key()
    const one = shareProviderToken(signer)
    const two = shareProviderToken(signer)
    const other = shareProviderToken({ ...signer, keyId: 'OTHER67890' })
    const jwt = one.token.current(START)
    expect(two.token.current(START)).toBe(jwt)
    expect(other.token.current(START)).not.toBe(jwt)
    one.release()
    expect(shareProviderToken(signer).token.current(START)).toBe(jwt)
  })
})

describe('a signing key', () => {
  it('is an EC key on P-256, and what is wrong shows nothing of it', () => {
    expect(readProviderKey(newKey().key)).toMatchObject({ asymmetricKeyType: 'ec' })
    expect(readProviderKey('hush')).toEqual({ problem: expect.not.stringContaining('hush') })
  })
})
