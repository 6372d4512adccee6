// The browser’s subscription, and the key that it was made for: a subscription takes messages of one key only.
import { SendwordError } from './sendword-error.ts'

/** The subscription there is, unless it was made for another key; then a new one. Never asks the user. */
export async function subscriptionFor(
  { pushManager }: ServiceWorkerRegistration,
  serverKey: string,
): Promise<PushSubscription> {
  try {
    const known = await pushManager.getSubscription()
    if (known && isFor(known, serverKey)) return known
    await known?.unsubscribe()
    return await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: serverKey })
  } catch (cause) {
    const what = 'The browser got no subscription from its push service: is that reachable, and not a private window?'
    throw new SendwordError('push-service', what, { cause })
  }
}

export function isFor({ options }: PushSubscription, serverKey: string): boolean {
  return options.applicationServerKey !== null && base64url(options.applicationServerKey) === serverKey
}

function base64url(bytes: ArrayBuffer): string {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)))
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
