// The page’s service worker: registered, and waited for until it is active, since only then it can subscribe.
import { SendwordError } from '../shared/sendword-error.ts'

/** URL of a module script, or a registration of the page’s own. */
export type ServiceWorkerOption = string | URL | ServiceWorkerRegistration

export const DEFAULT_SERVICE_WORKER = '/sw.js'

export function assertSupported(): void {
  if (isSupported()) return
  const what = 'This browser has no push here. It needs HTTPS or localhost; on iOS, add the site to the Home Screen.'
  throw new SendwordError('unsupported', what)
}

export function isSupported(): boolean {
  return 'serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis
}

export async function activeWorker(given: ServiceWorkerOption): Promise<ServiceWorkerRegistration> {
  try {
    const registration = isRegistration(given)
      ? given
      : await navigator.serviceWorker.register(given, { type: 'module' })
    const worker = registration.installing ?? registration.waiting
    if (!registration.active && worker) await activation(worker)
    return registration
  } catch (cause) {
    const what = 'The service worker did not start: is its script there, and does it load in the browser’s console?'
    throw new SendwordError('worker', what, { cause })
  }
}

/** The registration there is already. */
export async function knownWorker(given: ServiceWorkerOption): Promise<ServiceWorkerRegistration | undefined> {
  return isRegistration(given) ? given : await navigator.serviceWorker.getRegistration(given)
}

function isRegistration(given: ServiceWorkerOption): given is ServiceWorkerRegistration {
  return typeof given === 'object' && 'pushManager' in given
}

function activation(worker: ServiceWorker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.addEventListener('statechange', () => {
      if (worker.state === 'activated') resolve()
      if (worker.state === 'redundant') reject(new Error('The service worker became redundant.'))
    })
  })
}
