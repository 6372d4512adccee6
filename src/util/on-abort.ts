// Listening to one AbortSignal many times over. An EventTarget looks through all of its listeners for each that is
// added or removed; with hundreds of requests under one signal that costs more than the requests' own bookkeeping.

const hubs = new WeakMap<AbortSignal, Set<() => void>>()

/** Calls `listener` once when `signal` aborts; answers with the function that takes it back. */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const listeners = hubs.get(signal) ?? createHub(signal)
  // A listener of its own, so that the same function may be added twice.
  const own = () => listener()
  listeners.add(own)
  return () => void listeners.delete(own)
}

function createHub(signal: AbortSignal): Set<() => void> {
  const listeners = new Set<() => void>()
  hubs.set(signal, listeners)
  signal.addEventListener(
    'abort',
    () => {
      for (const listener of [...listeners]) listener()
      listeners.clear()
    },
    { once: true },
  )
  return listeners
}
