// A push has come: a secret to confirm, something to show, or data for pages.

import { confirm } from './confirm.ts'
import { showMessage, showOwn } from './notification.ts'
import { tellPages } from './pages.ts'
import { type Payload, readPayload } from './payload.ts'
import { sendReceipt } from './receipt.ts'
import { worker } from './scope.ts'
import type { Settings } from './settings.ts'

export async function receive(text: string | undefined, settings: Settings): Promise<void> {
  const payload = readPayload(text)
  if (payload?.confirmationToken !== undefined) return await receiveSecret(payload.confirmationToken, settings)
  if (payload) await receiveMessage(payload, settings)
  // Somebody else’s push, or one without content; every push must show something.
  else await showOwn(settings.news || settings.confirmed, 'news')
}

async function receiveSecret(token: string, { confirmed }: Settings): Promise<void> {
  const isSeen = await confirm(token).catch(() => false)
  if (!isSeen || (await mustAlwaysShow())) await showOwn(confirmed, 'confirmed')
}

/** Safari counts pushes that show nothing whether or not a page is in sight, and takes the permission away after a few. */
async function mustAlwaysShow(): Promise<boolean> {
  const subscription = await worker.registration.pushManager.getSubscription()
  return subscription !== null && new URL(subscription.endpoint).hostname.endsWith('.push.apple.com')
}

async function receiveMessage(payload: Payload, settings: Settings): Promise<void> {
  const { data, notification, receipt } = payload
  const isSeen = await tellPages({ sendword: 'message', message: { data, ...(notification && { notification }) } })
  if (notification) await showMessage(notification, payload, settings.looks)
  else if (settings.news && (!isSeen || (await mustAlwaysShow()))) {
    await showOwn(settings.news, 'news', { data, ...(receipt !== undefined && { receipt }) })
  }
  await Promise.all([showBadge(payload), sendReceipt(receipt, 'delivered')])
}

/** Where the application is installed. */
async function showBadge({ app_badge: badge }: Payload): Promise<void> {
  if (badge === undefined || !('setAppBadge' in navigator)) return
  await navigator.setAppBadge(badge).catch(() => undefined)
}
