// Who may ask for how many confirmation pushes: each is a push to an address that nobody has proven yet, so that
// without limits anyone could make us send what he likes to whom he likes.
import type { Tx } from '../database/tx.ts'
import type { Address } from '../model/address.ts'
import { StateError } from '../model/push-error.ts'
import { findBlockingAttempts, lockAddressAttempts } from '../store/registration-attempts.ts'
import type { RegistryContext } from './context.ts'
import { LIMIT_WINDOW_MS } from './registry-options.ts'

/** Throws StateError PUSH_REQUEST_RATE_LIMITED, with the time after which there is room again. */
export async function assertRoom(
  context: RegistryContext,
  tx: Tx,
  claim: { app: string; deviceId: string; address: Address; client: string },
): Promise<void> {
  const now = context.clock.now()
  const { perDevice, perAddress, perClient } = context.options
  await lockAddressAttempts(tx, claim.address)
  const blocking = await findBlockingAttempts(tx, {
    ...claim,
    since: new Date(now - LIMIT_WINDOW_MS),
    limits: { perDevice, perAddress, perClient },
  })
  const waits = [
    { who: 'this device', limit: perDevice, since: blocking.device },
    { who: 'this address', limit: perAddress, since: blocking.address },
    { who: 'this client, none of them confirmed,', limit: perClient, since: blocking.client },
  ].flatMap((wait) => (wait.since ? [{ ...wait, ms: wait.since.getTime() + LIMIT_WINDOW_MS - now }] : []))
  const longest = waits.sort((a, b) => b.ms - a.ms)[0]
  if (!longest) return
  throw new StateError('PUSH_REQUEST_RATE_LIMITED', {
    detail: `There were ${longest.limit} registrations of ${longest.who} within an hour.`,
    retryAfterMs: Math.max(1000, longest.ms),
  })
}
