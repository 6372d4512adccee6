// The one service account that the emulator knows, as the key file that Google's console hands out.
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { Random } from '../../util/random.ts'

/** Google's key file, field by field. */
export interface ServiceAccountKey {
  readonly type: 'service_account'
  readonly project_id: string
  readonly private_key_id: string
  /** PEM, PKCS #8: RSA with 2048 bits. */
  readonly private_key: string
  readonly client_email: string
  readonly client_id: string
  readonly auth_uri: string
  /** The emulator's own token endpoint. */
  readonly token_uri: string
  readonly universe_domain: 'googleapis.com'
}

export interface EmulatedServiceAccount {
  readonly key: ServiceAccountKey
  readonly publicKey: KeyObject
  /** Whether its key has been revoked: no assertion of it is taken. */
  revoked: boolean
}

interface AccountParts {
  readonly projectId: string
  readonly tokenUrl: string
  readonly random: Random
}

interface RsaKey {
  /** PEM, PKCS #8. */
  readonly pem: string
  readonly publicKey: KeyObject
}

let rsaKey: RsaKey | undefined

/**
 * One for all emulators of a process, made when one is first looked at: to find two primes takes up to half a second, which
 * nobody shall wait for who does not send through FCM.
 */
function sharedRsaKey(): RsaKey {
  if (rsaKey) return rsaKey
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  rsaKey = { pem, publicKey: createPublicKey(privateKey) }
  return rsaKey
}

export function createServiceAccount(parts: AccountParts): EmulatedServiceAccount {
  const { projectId, tokenUrl, random } = parts
  const key: ServiceAccountKey = {
    type: 'service_account',
    project_id: projectId,
    private_key_id: random.bytes(20).toString('hex'),
    get private_key() {
      return sharedRsaKey().pem
    },
    client_email: `push-${random.bytes(4).toString('hex')}@${projectId}.iam.gserviceaccount.com`,
    client_id: BigInt(`0x${random.bytes(8).toString('hex')}`)
      .toString()
      .padStart(21, '1'),
    auth_uri: 'https://accounts.google.com/o/oauth2/auth',
    token_uri: tokenUrl,
    universe_domain: 'googleapis.com',
  }
  return {
    key,
    get publicKey() {
      return sharedRsaKey().publicKey
    },
    revoked: false,
  }
}
