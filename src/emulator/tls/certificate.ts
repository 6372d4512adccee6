// The emulator's own certificate authority, the certificate of its TLS ports and those of clients (RFC 5280), made anew at
// every start: no private key is shipped, and none is worth stealing. Written here because a library for this brings
// twenty packages.
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { systemClock } from '../../util/clock.ts'
import type { Random } from '../../util/random.ts'
import {
  bitString,
  boolean,
  explicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  tagged,
  utcTime,
  utf8String,
} from './der.ts'

export interface CertifiedKey {
  /** PEM. */
  readonly cert: string
  /** PEM: the private key of `cert`. */
  readonly key: string
}

/** `cert` is for localhost, 127.0.0.1 and ::1. */
export interface LocalhostCertificate extends CertifiedKey {
  /** PEM: what a client must trust. */
  readonly ca: string
  /** For a TLS client, with these attributes as its subject. */
  issueClient(subject: SubjectAttributes): CertifiedKey
}

export interface SubjectAttributes {
  readonly commonName: string
  /** UID (RFC 4519 §2.39). */
  readonly userId?: string | undefined
}

const DAY_MS = 86_400_000
/** Some clients refuse certificates that live for more than 825 days. */
const LIFETIME_MS = 800 * DAY_MS

const OID = {
  commonName: '2.5.4.3',
  userId: '0.9.2342.19200300.100.1.1',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAlternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuthentication: '1.3.6.1.5.5.7.3.1',
  clientAuthentication: '1.3.6.1.5.5.7.3.2',
}

const SIGNATURE_ALGORITHM = sequence(objectIdentifier(OID.ecdsaWithSha256))
/** Bits 5 and 6: keyCertSign and cRLSign. */
const SIGNS_CERTIFICATES = bitString(Buffer.from([0b0000_0110]), 1)
/** Bit 0: digitalSignature. */
const SIGNS_HANDSHAKES = bitString(Buffer.from([0b1000_0000]), 7)

interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

interface CertificateContent {
  readonly subject: SubjectAttributes
  readonly issuer: string
  readonly keys: KeyPair
  readonly issuerKeys: KeyPair
  readonly extensions: readonly Buffer[]
}

export function createLocalhostCertificate(random: Random): LocalhostCertificate {
  const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
  // A trust store that kept an earlier emulator's authority must not take it for this one.
  const issuer = `Sendword emulator ${random.bytes(4).toString('hex')}`
  const issuerKeys = newKeys()
  const keys = newKeys()
  const certificate = (content: Omit<CertificateContent, 'issuer' | 'issuerKeys'>) =>
    toPem(signedCertificate({ issuer, issuerKeys, ...content }, random))
  return {
    ca: certificate({
      subject: { commonName: issuer },
      keys: issuerKeys,
      extensions: [
        extension(OID.basicConstraints, sequence(boolean(true)), true),
        extension(OID.keyUsage, SIGNS_CERTIFICATES, true),
      ],
    }),
    cert: certificate({
      subject: { commonName: 'localhost' },
      keys,
      extensions: [...endEntity(OID.serverAuthentication), extension(OID.subjectAlternativeName, localhostNames())],
    }),
    key: keyPem(keys),
    issueClient(subject) {
      const clientKeys = newKeys()
      const extensions = endEntity(OID.clientAuthentication)
      return { cert: certificate({ subject, keys: clientKeys, extensions }), key: keyPem(clientKeys) }
    },
  }
}

function endEntity(purpose: string): Buffer[] {
  return [
    extension(OID.basicConstraints, sequence(), true),
    extension(OID.keyUsage, SIGNS_HANDSHAKES, true),
    extension(OID.extendedKeyUsage, sequence(objectIdentifier(purpose))),
  ]
}

function localhostNames(): Buffer {
  const dnsName = (name: string) => tagged(0x82, Buffer.from(name))
  const ipAddress = (bytes: Buffer) => tagged(0x87, bytes)
  const ipv6 = Buffer.alloc(16)
  ipv6[15] = 1
  return sequence(dnsName('localhost'), ipAddress(Buffer.from([127, 0, 0, 1])), ipAddress(ipv6))
}

function signedCertificate(content: CertificateContent, random: Random): Buffer {
  const { subject, issuer, keys, issuerKeys, extensions } = content
  // Clients judge it by their own clock, whatever clock rules this emulator.
  const now = systemClock.now()
  // Positive and 20 octets at most (RFC 5280 §4.1.2.2).
  const serial = Buffer.concat([Buffer.from([0x01]), random.bytes(15)])
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serial),
    SIGNATURE_ALGORITHM,
    name({ commonName: issuer }),
    sequence(utcTime(now - DAY_MS), utcTime(now + LIFETIME_MS)),
    name(subject),
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    explicit(
      3,
      sequence(
        ...extensions,
        extension(OID.subjectKeyIdentifier, octetString(keyIdentifier(keys))),
        extension(OID.authorityKeyIdentifier, sequence(tagged(0x80, keyIdentifier(issuerKeys)))),
      ),
    ),
  )
  return sequence(body, SIGNATURE_ALGORITHM, bitString(sign('sha256', body, issuerKeys.privateKey)))
}

function name({ commonName, userId }: SubjectAttributes): Buffer {
  const attribute = (oid: string, value: string) => set(sequence(objectIdentifier(oid), utf8String(value)))
  const uid = userId === undefined ? [] : [attribute(OID.userId, userId)]
  return sequence(...uid, attribute(OID.commonName, commonName))
}

function keyPem({ privateKey }: KeyPair): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function extension(oid: string, value: Buffer, critical = false): Buffer {
  return sequence(objectIdentifier(oid), ...(critical ? [boolean(true)] : []), octetString(value))
}

function keyIdentifier({ publicKey }: KeyPair): Buffer {
  return createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest()
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').replace(/.{1,64}/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`
}
