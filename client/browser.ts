// `sendword/browser`: what a page calls. It needs `sendword/browser/worker` in the page's service worker.
export { onClick, onMessage } from './page/listen.ts'
export { type RefreshOptions, refresh } from './page/refresh.ts'
export { type Subscribed, type SubscribeOptions, type SubscribeStep, subscribe } from './page/subscribe.ts'
export { type UnsubscribeOptions, unsubscribe } from './page/unsubscribe.ts'
export type { PushAction, PushClick, PushMessage, PushNotification } from './shared/push-message.ts'
export { SendwordError, type SendwordErrorCode } from './shared/sendword-error.ts'
