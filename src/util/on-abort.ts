// Listening to one AbortSignal many times over. An EventTarget looks through all of its listeners for each that is
// added or removed; with hundreds of requests under one signal that costs more than the requests' own bookkeeping.

export interface AbortListener {
  onAbort(): void
}

const hubs = new WeakMap<AbortSignal, Set<AbortListener>>()

/** Calls `listener.onAbort` once when `signal` aborts, unless `stopListening` came first. */
export function listenForAbort(signal: AbortSignal, listener: AbortListener): void {
  const listeners = hubs.get(signal) ?? createHub(signal)
  listeners.add(listener)
}

export function stopListening(signal: AbortSignal, listener: AbortListener): void {
  hubs.get(signal)?.delete(listener)
}

/** Calls `listener` once when `signal` aborts; answers with the function that takes it back. */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  // An object of its own, so that the same function may be added twice.
  const own = { onAbort: listener }
  listenForAbort(signal, own)
  return () => stopListening(signal, own)
}

function createHub(signal: AbortSignal): Set<AbortListener> {
  const listeners = new Set<AbortListener>()
  hubs.set(signal, listeners)
  signal.addEventListener(
    'abort',
    () => {
      for (const listener of [...listeners]) listener.onAbort()
      listeners.clear()
    },
    { once: true },
  )
  return listeners
}
