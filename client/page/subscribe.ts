// Makes this browser a device: permission, subscription, registration, and the end of the handshake.
import { changeState, type DeviceAttributes, readState } from '../shared/device-state.ts'
import { fetchServerKey } from '../shared/door.ts'
import { subscriptionFor } from '../shared/push-subscription.ts'
import { newDeviceId, register } from '../shared/register.ts'
import { SendwordError } from '../shared/sendword-error.ts'
import { watchConfirmation } from './confirmation.ts'
import { activeWorker, assertSupported, DEFAULT_SERVICE_WORKER, type ServiceWorkerOption } from './service-worker.ts'

export interface SubscribeOptions extends DeviceAttributes {
  /** URL of the Sendword server, or of the prefix where its API is mounted; relative ones are the page’s. */
  readonly server: string
  /** @default default */
  readonly app?: string
  /** A module script that calls `handlePushes()`, or a registration of your own. @default /sw.js */
  readonly serviceWorker?: ServiceWorkerOption
  /** An identity token (JWT) of your own server, which binds this device to its user. */
  readonly userToken?: string
  /** BCP 47. @default the browser’s */
  readonly locale?: string
  /** A name of the IANA database. @default the browser’s */
  readonly timeZone?: string
  /** Milliseconds until the handshake must be complete. @default 60000 */
  readonly timeoutMs?: number
  /** Told as each step is done, to show it. */
  readonly onStep?: (step: SubscribeStep) => void
}

/** `subscribed` at the push service, `registered` at the server, `confirmed` by the push that came. */
export type SubscribeStep = 'allowed' | 'subscribed' | 'registered' | 'confirmed'

export interface Subscribed {
  /** What the server knows this browser by. */
  readonly deviceId: string
  readonly subscription: PushSubscription
}

const TIMEOUT_MS = 60_000

/**
 * Asks the user for permission, so call it from a click. Resolves when the server has proven the subscription; rejects
 * with SendwordError.
 */
export async function subscribe(options: SubscribeOptions): Promise<Subscribed> {
  assertSupported()
  // First of all: browsers ask only close to the click.
  if ((await Notification.requestPermission()) !== 'granted') {
    throw new SendwordError(
      'permission',
      'Notifications are not allowed. The user can allow them in the site settings.',
    )
  }
  options.onStep?.('allowed')
  return await enrol(await activeWorker(options.serviceWorker ?? DEFAULT_SERVICE_WORKER), options)
}

/** All of it but the permission. */
export async function enrol(registration: ServiceWorkerRegistration, options: SubscribeOptions): Promise<Subscribed> {
  const { scope } = registration
  const { userToken, timeoutMs = TIMEOUT_MS, onStep } = options
  const place = { server: absolute(options.server), app: options.app ?? 'default' }
  const serverKey = await fetchServerKey(place)
  const subscription = await subscriptionFor(registration, serverKey)
  onStep?.('subscribed')
  await changeState(scope, (known) => {
    const isSame = known?.server === place.server && known.app === place.app
    const device = isSame ? known : { ...place, deviceId: newDeviceId(), isLive: false }
    return { ...device, attributes: attributesOf(options) }
  })
  const confirmation = watchConfirmation(scope, subscription.endpoint, timeoutMs)
  try {
    const state = await register({ scope, subscription, serverKey, userToken })
    onStep?.('registered')
    if (state === 'pending') await confirmation.wait()
  } finally {
    confirmation.stop()
  }
  onStep?.('confirmed')
  // Not from before: it may have become a new device on the way.
  const { deviceId = '' } = (await readState(scope)) ?? {}
  return { deviceId, subscription }
}

function absolute(server: string): string {
  return new URL(server, location.href).href.replace(/\/+$/, '')
}

function attributesOf({ locale, timeZone, appVersion, labels }: SubscribeOptions): DeviceAttributes {
  return {
    locale: locale ?? navigator.language,
    timeZone: timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    ...(appVersion !== undefined && { appVersion }),
    ...(labels && { labels }),
  }
}
