// The bearer key of the JSON API: the operator's, or one made on the first start. Only hashes are kept and compared.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Database } from '../database/tx.ts'
import { insertFirstApiKey, listApiKeyHashes } from '../store/api-keys.ts'
import type { Clock } from '../util/clock.ts'
import type { Random } from '../util/random.ts'

const KEY_BYTES = 24

export interface ApiKeys {
  /** Whether `key` is a valid API key; takes as long for a wrong one as for a right one. */
  accepts(key: string): Promise<boolean>
  /** A new key, which is not valid yet: keep it where it can be found again, then call `keepFirst`. */
  generate(): string
  /** Makes `key` valid, unless there is one or the operator gave his own; answers whether it is valid now. */
  keepFirst(key: string): Promise<boolean>
  /** Whether some key is valid. */
  exists(): Promise<boolean>
}

export interface ApiKeysInput {
  readonly database: Database
  readonly given: string | undefined
  readonly clock: Clock
  readonly random: Random
}

export function createApiKeys({ database, given, clock, random }: ApiKeysInput): ApiKeys {
  const givenHash = given === undefined ? undefined : sha256(given)
  let stored: Promise<Buffer[]> | undefined
  const hashes = async (): Promise<Buffer[]> => {
    if (givenHash) return [givenHash]
    // Keys are made once and never change, so that a request costs no query; a failed query is asked again.
    stored ??= listApiKeyHashes(database).then(
      (found) => {
        if (found.length === 0) stored = undefined
        return found
      },
      (error) => {
        stored = undefined
        throw error
      },
    )
    return await stored
  }
  const accepts = async (key: string): Promise<boolean> => {
    const hash = sha256(key)
    let found = false
    for (const known of await hashes()) if (timingSafeEqual(known, hash)) found = true
    return found
  }
  return {
    accepts,
    generate: () => `sw_${random.bytes(KEY_BYTES).toString('base64url')}`,
    async keepFirst(key) {
      if (givenHash === undefined) {
        await database.transaction((tx) => insertFirstApiKey(tx, sha256(key), new Date(clock.now())))
      }
      return await accepts(key)
    },
    exists: async () => (await hashes()).length > 0,
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
