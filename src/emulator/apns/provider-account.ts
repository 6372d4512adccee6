// The one developer account that the emulator's APNs knows: a team, its token key, and its app's certificate.
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { APNS_ID_LENGTH } from '../../protocols/apns.ts'
import type { Random } from '../../util/random.ts'
import type { LocalhostCertificate } from '../tls/certificate.ts'

export interface ApnsCredentials {
  readonly teamId: string
  readonly keyId: string
  /** PEM, PKCS #8: a .p8 file as Apple hands it out. It is good for both environments. */
  readonly key: string
  readonly bundleId: string
  /** PEM: a TLS client certificate for the bundle id, good for both environments. */
  readonly certificate: string
  /** PEM: the private key of `certificate`. */
  readonly certificateKey: string
}

export interface ProviderAccount {
  readonly credentials: ApnsCredentials
  readonly publicKey: KeyObject
  /** Whether the token key has been revoked: no token of it is taken. */
  revoked: boolean
}

interface AccountParts {
  readonly teamId: string | undefined
  readonly keyId: string | undefined
  readonly bundleId: string
  readonly certificate: LocalhostCertificate
  readonly random: Random
}

const ID_CHARACTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'

export function createProviderAccount(parts: AccountParts): ProviderAccount {
  const { bundleId, certificate, random } = parts
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const client = certificate.issueClient({ commonName: `Apple Push Services: ${bundleId}`, userId: bundleId })
  return {
    credentials: {
      teamId: parts.teamId ?? newId(random),
      keyId: parts.keyId ?? newId(random),
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      bundleId,
      certificate: client.cert,
      certificateKey: client.key,
    },
    publicKey: createPublicKey(privateKey),
    revoked: false,
  }
}

/** Of Apple's look. */
function newId(random: Random): string {
  return Array.from(random.bytes(APNS_ID_LENGTH), (byte) => ID_CHARACTERS[byte % ID_CHARACTERS.length]).join('')
}
