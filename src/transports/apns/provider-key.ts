// The signing key of a team (.p8): read and checked, and the provider token that it signs.
// Source: developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns.
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { signEs256Token } from '../es256-token.ts'

export interface ProviderKey {
  readonly teamId: string
  readonly keyId: string
  readonly privateKey: KeyObject
}

/** What is wrong with the key, as the rest of a sentence; never a value of it. */
export interface UnusableKey {
  readonly problem: string
}

export function readProviderKey(pem: string): KeyObject | UnusableKey {
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key
    return { problem: 'is no key of APNs: that is an EC key on the curve P-256.' }
  } catch {
    // OpenSSL's reason says less than what is expected.
    return { problem: 'must be the text of a .p8 file: -----BEGIN PRIVATE KEY----- …' }
  }
}

/** `now`: milliseconds since the epoch. */
export function signProviderToken({ teamId, keyId, privateKey }: ProviderKey, now: number): string {
  const claims = { iss: teamId, iat: Math.floor(now / 1000) }
  return signEs256Token({ header: { kid: keyId }, claims, privateKey })
}
