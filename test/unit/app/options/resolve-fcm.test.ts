import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { resolveOptions } from '../../../../src/app/options/resolve-options.ts'
import type { FcmOptions, SendwordOptions } from '../../../../src/app/options/sendword-options.ts'

const folder = mkdtempSync(join(tmpdir(), 'fcm-options-'))
afterAll(() => rmSync(folder, { recursive: true }))

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
const KEY = {
  type: 'service_account',
  project_id: 'shop-1',
  client_email: 'push@shop-1.example',
  private_key: privateKey,
}

function resolve(fcm: FcmOptions, others: SendwordOptions = {}) {
  return resolveOptions({ ...others, apps: { default: { fcm } } }).apps.get('default')?.fcm
}

describe('FCM', () => {
  test('is asked for by an object, even an empty one, which means default credentials', () => {
    expect(resolve({})).toEqual({
      serviceAccount: undefined,
      projectId: undefined,
      url: 'https://fcm.googleapis.com',
      tokenUrl: undefined,
      ca: undefined,
      proxy: undefined,
      maxInFlight: 500,
      rampUpSeconds: 60,
      retry: { baseMs: 10_000, capMs: 3_600_000 },
    })
    expect(resolveOptions({}).apps.get('default')?.fcm).toBeUndefined()
  })

  test('takes a key as an object, as text, and as the path of a file', () => {
    const file = join(folder, 'key.json')
    writeFileSync(file, JSON.stringify(KEY))
    for (const serviceAccount of [KEY, JSON.stringify(KEY), file]) {
      expect(JSON.parse(resolve({ serviceAccount })?.serviceAccount ?? '')).toEqual(KEY)
    }
  })

  test('goes through the proxy that all apps share', () => {
    const proxy = { url: 'http://proxy:3128', except: ['a.example'] }
    expect(resolve({}, { proxy })?.proxy).toEqual(proxy)
  })

  test.each<[string, FcmOptions, string]>([
    ['a file that is not there', { serviceAccount: '/no/such' }, 'names a file that cannot be read (ENOENT)'],
    ['text that is no JSON', { serviceAccount: '{hush' }, 'must be the JSON of a service-account key file'],
    ['a key of another kind', { serviceAccount: { ...KEY, type: 'authorized_user' } }, 'another kind'],
    ['a key without account', { serviceAccount: { ...KEY, client_email: '' } }, 'has no "client_email"'],
    ['a broken private key', { serviceAccount: { ...KEY, private_key: 'hush' } }, 'RSA key in PEM form'],
    ['no project', { serviceAccount: { ...KEY, project_id: undefined } }, 'apps.default.fcm.projectId must'],
    ['a path in place of a URL', { url: 'fcm.googleapis.com' }, 'apps.default.fcm.url'],
    ['waits that do not fit', { retryBaseSeconds: 10, retryCapSeconds: 1 }, 'must not exceed retryCapSeconds'],
  ])('refuses %s, and shows no secret', (_, options, sentence) => {
    expect(() => resolve(options)).toThrow(sentence)
    expect(() => resolve(options)).not.toThrow(/hush|PRIVATE KEY/)
  })
})
