import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { ApnsOptions } from '../../../../src/app/options/apns-options.ts'
import { resolveOptions } from '../../../../src/app/options/resolve-options.ts'
import type { SendwordOptions } from '../../../../src/app/options/sendword-options.ts'
import { fixture } from '../../../kit/scripted-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'apns-options-'))
afterAll(() => rmSync(folder, { recursive: true }))

const pem = (namedCurve: string) =>
  generateKeyPairSync('ec', { namedCurve }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const key = pem('P-256')
const TOKEN = { key, keyId: 'KEY4567890', teamId: 'TEAM567890', topic: 'com.example.shop' }
const CERTIFICATE = {
  certificate: fixture('localhost-cert.pem'),
  certificateKey: fixture('localhost-key.pem'),
  topic: 'com.example.shop',
}

function resolve(apns: ApnsOptions, others: SendwordOptions = {}) {
  return resolveOptions({ ...others, apps: { default: { apns } } }).apps.get('default')?.apns
}

describe('APNs', () => {
  test('is asked for by its options, and has defaults for the rest', () => {
    expect(resolve(TOKEN)).toEqual({
      ...TOKEN,
      certificate: undefined,
      certificateKey: undefined,
      environment: 'production',
      url: 'https://api.push.apple.com',
      sandboxUrl: 'https://api.sandbox.push.apple.com',
      ca: undefined,
      proxy: undefined,
      confirmationText: 'Notifications are being set up.',
      confirmationFollowUpMs: 60_000,
      maxInFlight: 1000,
      outageMs: 900_000,
      retry: { baseMs: 10_000, capMs: 3_600_000 },
    })
    expect(resolveOptions({}).apps.get('default')?.apns).toBeUndefined()
  })

  test('takes key and certificate as text and as the path of a file', () => {
    const write = (name: string, text: string) => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
    expect(resolve({ ...TOKEN, key: write('key.p8', key) })?.key).toBe(key)
    const certificate = write('cert.pem', CERTIFICATE.certificate)
    const certificateKey = write('key.pem', CERTIFICATE.certificateKey)
    expect(resolve({ ...CERTIFICATE, certificate, certificateKey })).toMatchObject(CERTIFICATE)
  })

  test('goes through the proxy that all apps share', () => {
    const proxy = { url: 'http://proxy:3128', except: ['a.example'] }
    expect(resolve(TOKEN, { proxy })?.proxy).toEqual(proxy)
  })

  test.each<[string, ApnsOptions, string]>([
    ['no topic', { ...TOKEN, topic: undefined as never }, 'apps.default.apns.topic must be the bundle id'],
    ['a topic that is none', { ...TOKEN, topic: 'my app' }, 'apps.default.apns.topic must be the bundle id'],
    ['no credential', { topic: 'a.b' }, 'apps.default.apns.key with keyId and teamId, or certificate, is needed'],
    ['two credentials', { ...TOKEN, ...CERTIFICATE }, 'apps.default.apns.key and certificate: give one'],
    ['a key without its id', { ...TOKEN, keyId: 'hush' }, 'apps.default.apns.keyId must be 10 letters and digits'],
    ['a key without its team', { ...TOKEN, teamId: 'hush' }, 'apps.default.apns.teamId must be 10 letters and digits'],
    ['a key on another curve', { ...TOKEN, key: pem('P-384') }, 'EC key on the curve P-256'],
    [
      'a key that is none',
      { ...TOKEN, key: '-----BEGIN hush' },
      'apps.default.apns.key must be the text of a .p8 file',
    ],
    ['a file that is not there', { ...TOKEN, key: '/no/such' }, 'apns.key names a file that cannot be read (ENOENT)'],
    [
      'a certificate without its key',
      { ...CERTIFICATE, certificateKey: undefined as never },
      'certificateKey is needed',
    ],
    [
      'the key of another certificate',
      { ...CERTIFICATE, certificateKey: key },
      'certificateKey is not that of certificate',
    ],
    ['an environment that is none', { ...TOKEN, environment: 'test' as never }, 'production or sandbox'],
    [
      'waits that do not fit',
      { ...TOKEN, retryBaseSeconds: 10, retryCapSeconds: 1 },
      'must not exceed retryCapSeconds',
    ],
  ])('refuses %s, and shows no secret', (_, options, sentence) => {
    expect(() => resolve(options)).toThrow(sentence)
    expect(() => resolve(options)).not.toThrow(/hush|MI[GH][A-Za-z0-9+/]/)
  })
})
