// Sealing of what we keep for transports: AES-256-GCM under a key derived from SENDWORD_SECRET (HKDF, RFC 5869),
// bound to the place it is kept in, so that a sealed value moved elsewhere does not open.
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { ConfigError } from '../model/push-error.ts'
import type { Random } from '../util/random.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16

export interface Seal {
  seal(text: string, place: string): Buffer
  /** Throws ConfigError PUSH_CONFIG_SECRET_WRONG when the secret or the place is another. */
  open(sealed: Buffer, place: string): string
}

export function createSeal(secret: string, random: Random): Seal {
  const key = Buffer.from(hkdfSync('sha256', secret, 'sendword', 'credential-seal-1', 32))
  return {
    seal(text, place) {
      const nonce = random.bytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place))
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), body])
    },
    open(sealed, place) {
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES))
          .setAAD(Buffer.from(place))
          .setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
        return decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
      } catch (cause) {
        throw new ConfigError('PUSH_CONFIG_SECRET_WRONG', { cause })
      }
    },
  }
}
