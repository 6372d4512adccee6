// The service worker’s own global, whose type TypeScript’s libraries leave to each module.
declare const self: ServiceWorkerGlobalScope

export const worker: ServiceWorkerGlobalScope = self
