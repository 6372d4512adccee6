// What the worker tells pages: messages as they arrive, clicks on notifications, and the end of the handshake.
import type { PageMessage, PushClick, PushMessage } from '../shared/push-message.ts'

/** Calls `listener` with every message that arrives while the page is open. Answers with what ends it. */
export function onMessage(listener: (message: PushMessage) => void): () => void {
  return listen((told) => {
    if (told.sendword === 'message') listener(told.message)
  })
}

/** Calls `listener` when a notification, or a button of one, is clicked. Answers with what ends it. */
export function onClick(listener: (click: PushClick) => void): () => void {
  return listen((told) => {
    if (told.sendword === 'click') listener(told.click)
  })
}

export function listen(listener: (told: PageMessage) => void): () => void {
  const worker = navigator.serviceWorker as ServiceWorkerContainer | undefined
  const hear = ({ data }: MessageEvent) => {
    if (typeof data === 'object' && data !== null && 'sendword' in data) listener(data)
  }
  worker?.addEventListener('message', hear)
  // Listeners that are added do not start the queue by themselves, as `onmessage` does.
  worker?.startMessages()
  return () => worker?.removeEventListener('message', hear)
}
