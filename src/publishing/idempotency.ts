// Requests that carry an idempotency key: a repeat is answered with the message of the first one, and something else
// under the same key is refused.
import { createHash } from 'node:crypto'
import type { Tx } from '../database/tx.ts'
import { isStorableText } from '../model/message.ts'
import { InputError, StateError } from '../model/push-error.ts'
import { findByIdempotencyKeys, type KeyedMessage } from '../store/idempotency.ts'
import type { Idempotency } from '../store/messages.ts'
import { asStored } from '../store/stored-json.ts'

const MAX_KEY_BYTES = 255

/** Throws InputError PUSH_MESSAGE_INVALID. */
export function assertIdempotencyKey(key: string | undefined): void {
  if (key === undefined) return
  const bytes = typeof key === 'string' ? Buffer.byteLength(key) : 0
  if (bytes === 0 || bytes > MAX_KEY_BYTES || !isStorableText(key)) {
    throw new InputError('PUSH_MESSAGE_INVALID', {
      detail: `The idempotency key must be a text of 1 to ${MAX_KEY_BYTES} bytes.`,
    })
  }
}

/** @param request All that is asked for, in whatever order its keys stand. */
export function idempotencyOf(key: string | undefined, request: object): Idempotency | undefined {
  if (key === undefined) return undefined
  return {
    key,
    requestHash: createHash('sha256')
      .update(JSON.stringify(asStored(request)))
      .digest(),
  }
}

interface Keyed {
  readonly app: string
  readonly idempotency: Idempotency | undefined
}

export interface KnownRequests {
  /** The id of the message that the same request made before. Throws StateError PUSH_IDEMPOTENCY_CONFLICT. */
  idOf(request: Keyed): string | undefined
}

/** What of these was accepted before, in one query; none where no request has a key. */
export async function findKnownRequests(tx: Tx, requests: readonly Keyed[]): Promise<KnownRequests> {
  const keys = requests.flatMap(({ app, idempotency }) => (idempotency ? { app, key: idempotency.key } : []))
  const found = new Map<string, KeyedMessage>()
  if (keys.length > 0) for (const row of await findByIdempotencyKeys(tx, keys)) found.set(nameOf(row), row)
  return {
    idOf({ app, idempotency }) {
      const known = idempotency && found.get(nameOf({ app, key: idempotency.key }))
      if (!known) return undefined
      if (known.requestHash.equals(idempotency.requestHash)) return known.id
      throw new StateError('PUSH_IDEMPOTENCY_CONFLICT')
    },
  }
}

/** The same of one. Throws StateError PUSH_IDEMPOTENCY_CONFLICT. */
export async function findKnownId(tx: Tx, request: Keyed): Promise<string | undefined> {
  return (await findKnownRequests(tx, [request])).idOf(request)
}

function nameOf({ app, key }: { app: string; key: string }): string {
  return `${app}\0${key}`
}
