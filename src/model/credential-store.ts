// Where transports keep what they obtained or generated (a ClientLogin token): shared by all processes, kept sealed.

export interface StoredCredential {
  readonly value: string
  /** Milliseconds since the epoch. */
  readonly obtainedAt: number
}

/** One app's drawer. */
export interface CredentialStore {
  get(name: string): Promise<StoredCredential | undefined>
  put(name: string, credential: StoredCredential): Promise<void>
  /** Puts it where nothing is stored yet, not even what cannot be read: of processes that do so at once, one has its way. */
  putIfAbsent(name: string, credential: StoredCredential): Promise<void>
  /** Deletes only if the stored value is still `value`, so that a newer one of another process survives. */
  discard(name: string, value: string): Promise<void>
}
