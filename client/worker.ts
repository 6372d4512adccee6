// `sendword/browser/worker`: what a service worker calls, once, when its script is run.

export type { PushAction, PushClick, PushMessage, PushNotification } from './shared/push-message.ts'
export { handlePushes } from './worker/handle-pushes.ts'
export type { HandlePushesOptions, OwnNotification } from './worker/settings.ts'
