import { rootCertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resolveOptions } from '../../../src/app/options/resolve-options.ts'
import { emulatedOptions } from '../../../src/cli/emulated-options.ts'
import { createEmulator, type Emulator } from '../../../src/emulator/create-emulator.ts'

describe('options with an emulator', () => {
  let emulator: Emulator
  beforeAll(async () => {
    emulator = await createEmulator()
  })
  afterAll(() => emulator.close())

  test('lead every app to it, and take no real account or token there', async () => {
    const given = {
      apps: {
        shop: {
          c2dm: { token: 'a-real-token', url: 'https://example.com', maxInFlight: 3 },
          fcm: { projectId: 'real', maxInFlight: 7, rampUpSeconds: 30 },
          apns: {
            certificate: '/etc/real.pem',
            certificateKey: '/etc/real-key.pem',
            topic: 'com.real',
            maxInFlight: 8,
          },
          webpush: { allowedHosts: ['up.example.org'], maxInFlight: 9 },
        },
        default: {},
      },
    }
    const { apps } = resolveOptions(await emulatedOptions(given, emulator.url))
    const { user, password } = emulator.credentials.c2dm
    const { sendUrl: c2dmUrl, clientLoginUrl } = emulator.services.c2dm
    for (const name of ['default', 'shop']) {
      expect(apps.get(name)?.c2dm).toMatchObject({ user, password, c2dmUrl, clientLoginUrl, token: undefined })
    }
    expect(apps.get('shop')?.c2dm?.maxInFlight).toBe(3)
    const { url, tokenUrl } = emulator.services.fcm
    const { projectId, serviceAccount } = emulator.credentials.fcm
    for (const name of ['default', 'shop']) {
      expect(apps.get(name)?.fcm).toMatchObject({ url, tokenUrl, projectId, ca: emulator.ca })
      expect(JSON.parse(apps.get(name)?.fcm?.serviceAccount ?? '')).toEqual(serviceAccount)
    }
    expect(apps.get('shop')?.fcm).toMatchObject({ maxInFlight: 7, rampUpSeconds: 30 })
    expect(apps.get('default')?.fcm?.rampUpSeconds).toBe(0)
    const { key, keyId, teamId, bundleId: topic } = emulator.credentials.apns
    for (const name of ['default', 'shop']) {
      const account = { key, keyId, teamId, topic, certificate: undefined, certificateKey: undefined }
      expect(apps.get(name)?.apns).toMatchObject({ ...account, ...emulator.services.apns, ca: emulator.ca })
    }
    expect(apps.get('shop')?.apns?.maxInFlight).toBe(8)
    const { host } = new URL(emulator.services.webpush.url)
    const webpush = apps.get('default')?.webpush
    expect(webpush).toMatchObject({ allowedHosts: [host, emulator.url] })
    // Beside the emulator's own, those that the push services of real browsers are held to.
    expect(webpush?.ca).toContain(emulator.ca)
    expect(webpush?.ca).toContain(rootCertificates[0])
    expect(apps.get('shop')?.webpush).toMatchObject({
      allowedHosts: ['up.example.org', host, emulator.url],
      maxInFlight: 9,
    })
  })

  test('ask the control API, and refuse what is none', async () => {
    await expect(emulatedOptions({}, `${emulator.url}/devices`)).rejects.toMatchObject({
      code: 'PUSH_EMULATOR_UNUSABLE',
      detail: `${emulator.url}/devices is not the control API of an emulator.`,
    })
    await expect(emulatedOptions({}, 'http://u:secret@127.0.0.1:9/?key=secret')).rejects.toMatchObject({
      code: 'PUSH_EMULATOR_UNUSABLE',
      detail: expect.not.stringContaining('secret'),
    })
  })
})
