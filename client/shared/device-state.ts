// What this browser remembers of itself as a device, in IndexedDB, where page and service worker both find it: one record
// for each service worker’s scope, since each scope has a subscription of its own.

export interface DeviceAttributes {
  readonly locale?: string
  readonly timeZone?: string
  readonly appVersion?: string
  readonly labels?: Readonly<Record<string, string>>
}

export interface DeviceState {
  /** Where the API is, without a slash at its end. */
  readonly server: string
  readonly app: string
  readonly deviceId: string
  /** Proves that later registrations come from this browser. */
  readonly deviceKey?: string
  /** For the worker, which registers anew when the subscription changes. */
  readonly attributes: DeviceAttributes
  /** The VAPID key that the server had last. */
  readonly serverKey?: string
  /** Of the subscription that was registered last. */
  readonly endpoint?: string
  /** The handshake for it is complete. */
  readonly isLive: boolean
  /** Milliseconds since the epoch. */
  readonly registeredAt?: number
}

const DATABASE = 'sendword'
const STORE = 'devices'

export async function readState(scope: string): Promise<DeviceState | undefined> {
  let state: DeviceState | undefined
  await transact('readonly', (store) => {
    const reading = store.get(scope)
    reading.onsuccess = () => {
      state = reading.result
    }
  })
  return state
}

/** In one transaction, so that page and worker do not undo each other’s changes. Undefined forgets the record. */
export async function changeState(
  scope: string,
  change: (state: DeviceState | undefined) => DeviceState | undefined,
): Promise<void> {
  await transact('readwrite', (store) => {
    const reading = store.get(scope)
    reading.onsuccess = () => {
      const changed = change(reading.result)
      if (changed) store.put(changed, scope)
      else store.delete(scope)
    }
  })
}

async function transact(mode: IDBTransactionMode, work: (store: IDBObjectStore) => void): Promise<void> {
  const database = await open()
  try {
    await new Promise<void>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode)
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(transaction.error)
      work(transaction.objectStore(STORE))
    })
  } finally {
    database.close()
  }
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1)
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE)
    opening.onsuccess = () => resolve(opening.result)
    opening.onerror = () => reject(opening.error)
  })
}
