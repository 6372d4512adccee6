// The one service account that the emulator knows, as the key file that Google's console hands out.
import { createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
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
  readonly privateKey: KeyObject
  readonly random: Random
}

const newKeyPair = promisify(generateKeyPair)
let rsaKey: Promise<KeyObject> | undefined

/** One for all emulators of a process: to find two primes takes a good part of a second. */
export function serviceAccountPrivateKey(): Promise<KeyObject> {
  rsaKey ??= newKeyPair('rsa', { modulusLength: 2048 }).then(({ privateKey }) => privateKey)
  return rsaKey
}

export function createServiceAccount(parts: AccountParts): EmulatedServiceAccount {
  const { projectId, tokenUrl, privateKey, random } = parts
  const key: ServiceAccountKey = {
    type: 'service_account',
    project_id: projectId,
    private_key_id: random.bytes(20).toString('hex'),
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    client_email: `push-${random.bytes(4).toString('hex')}@${projectId}.iam.gserviceaccount.com`,
    client_id: BigInt(`0x${random.bytes(8).toString('hex')}`)
      .toString()
      .padStart(21, '1'),
    auth_uri: 'https://accounts.google.com/o/oauth2/auth',
    token_uri: tokenUrl,
    universe_domain: 'googleapis.com',
  }
  return { key, publicKey: createPublicKey(privateKey), revoked: false }
}
