// Waits until the worker has confirmed a subscription.
import { readState } from '../shared/device-state.ts'
import { SendwordError } from '../shared/sendword-error.ts'
import { listen } from './listen.ts'

export interface Confirmation {
  /** Rejects with `timeout`. */
  wait(): Promise<void>
  stop(): void
}

/** Listens from now on: the push may arrive before the registration is answered. */
export function watchConfirmation(scope: string, endpoint: string, timeoutMs: number): Confirmation {
  let stop = () => {}
  const heard = new Promise<void>((resolve) => {
    const deaf = listen((told) => {
      if (told.sendword === 'confirmed' && told.endpoint === endpoint) resolve()
    })
    const timer = setTimeout(resolve, timeoutMs)
    stop = () => {
      deaf()
      clearTimeout(timer)
    }
  })
  return {
    stop: () => stop(),
    async wait() {
      await heard
      const state = await readState(scope)
      if (state?.endpoint === endpoint && state.isLive) return
      const what =
        `No confirmation within ${timeoutMs / 1000} s. Does the service worker call handlePushes() of ` +
        'sendword/browser/worker, and does a worker of the server run? The handshake goes on: call refresh() later.'
      throw new SendwordError('timeout', what)
    },
  }
}
