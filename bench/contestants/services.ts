// What Sendword is told of each push service, and the addresses of its devices.
import type { AppOptions } from '../../src/app/options/sendword-options.ts'
import type { TransportName } from '../../src/model/address.ts'
import { apnsToken, readApnsTarget } from '../apns-target.ts'
import { deviceToken, readTarget } from '../target.ts'
import { browser, readWebPushTarget } from '../webpush-target.ts'

interface Service {
  readonly app: AppOptions
  address(n: number): string
}

export function serviceOf(transport: TransportName, controlUrl: string): Promise<Service> {
  if (transport === 'apns') return apns(controlUrl)
  return transport === 'webpush' ? webPush(controlUrl) : fcm(controlUrl)
}

async function fcm(controlUrl: string): Promise<Service> {
  const { url, tokenUrl, ca, projectId, serviceAccount } = await readTarget(controlUrl)
  // What is measured is what a message costs, not how gently FCM is to be treated.
  const options = { serviceAccount: JSON.stringify(serviceAccount), url, tokenUrl, ca, projectId, rampUpSeconds: 0 }
  return { app: { fcm: options }, address: deviceToken }
}

async function apns(controlUrl: string): Promise<Service> {
  const { bundleId: topic, url, sandboxUrl, ca, key, keyId, teamId } = await readApnsTarget(controlUrl)
  return { app: { apns: { topic, url, sandboxUrl, ca, key, keyId, teamId } }, address: apnsToken }
}

async function webPush(controlUrl: string): Promise<Service> {
  const { url, ca } = await readWebPushTarget(controlUrl)
  const { host, hostname } = new URL(url)
  const vapid = { subject: 'mailto:bench@example.com' }
  const options = { ca, vapid, allowedHosts: [host], allowPrivateAddresses: [hostname] }
  return {
    app: { webpush: options },
    address(n) {
      const { endpoint, keys } = browser(url, n)
      return JSON.stringify({ endpoint, p256dh: keys.p256dh, auth: keys.auth })
    },
  }
}
