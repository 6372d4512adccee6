// The emulator's own certificate authority and the certificate of its TLS port (RFC 5280), made anew at every start: no
// private key is shipped, and none is worth stealing. Written here because a library for this brings twenty packages.
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

export interface LocalhostCertificate {
  /** PEM: what a client must trust. */
  readonly ca: string
  /** PEM: for localhost, 127.0.0.1 and ::1. */
  readonly cert: string
  /** PEM: the private key of `cert`. */
  readonly key: string
}

const DAY_MS = 86_400_000
/** Some clients refuse certificates that live for more than 825 days. */
const LIFETIME_MS = 800 * DAY_MS

const OID = {
  commonName: '2.5.4.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAlternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuthentication: '1.3.6.1.5.5.7.3.1',
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
  readonly subject: string
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
      subject: issuer,
      keys: issuerKeys,
      extensions: [
        extension(OID.basicConstraints, sequence(boolean(true)), true),
        extension(OID.keyUsage, SIGNS_CERTIFICATES, true),
      ],
    }),
    cert: certificate({
      subject: 'localhost',
      keys,
      extensions: [
        extension(OID.basicConstraints, sequence(), true),
        extension(OID.keyUsage, SIGNS_HANDSHAKES, true),
        extension(OID.extendedKeyUsage, sequence(objectIdentifier(OID.serverAuthentication))),
        extension(OID.subjectAlternativeName, localhostNames()),
      ],
    }),
    key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
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
    name(issuer),
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

function name(commonName: string): Buffer {
  return sequence(set(sequence(objectIdentifier(OID.commonName), utf8String(commonName))))
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
