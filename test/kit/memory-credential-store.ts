// A CredentialStore in memory, by the contract's words.
import type { CredentialStore, StoredCredential } from '../../src/model/credential-store.ts'

export interface MemoryCredentialStore extends CredentialStore {
  readonly entries: Map<string, StoredCredential>
  /** While set, writing fails with it. */
  failure: Error | undefined
}

export function memoryCredentialStore(): MemoryCredentialStore {
  const entries = new Map<string, StoredCredential>()
  return {
    entries,
    failure: undefined,
    async get(name) {
      return entries.get(name)
    },
    async put(name, credential) {
      if (this.failure) throw this.failure
      entries.set(name, credential)
    },
    async putIfAbsent(name, credential) {
      if (this.failure) throw this.failure
      if (!entries.has(name)) entries.set(name, credential)
    },
    async discard(name, value) {
      if (this.failure) throw this.failure
      if (entries.get(name)?.value === value) entries.delete(name)
    },
  }
}
