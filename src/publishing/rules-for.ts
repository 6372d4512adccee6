// The rules of a push service that a message needs.
import type { TransportName } from '../model/address.ts'
import { StateError } from '../model/push-error.ts'
import type { TransportRules } from '../model/transport.ts'
import type { AcceptContext } from './accept.ts'

/** Throws StateError PUSH_TRANSPORT_UNAVAILABLE. */
export function rulesFor(context: Pick<AcceptContext, 'rulesOf'>, app: string, name: TransportName): TransportRules {
  const rules = context.rulesOf(app, name)
  if (rules) return rules
  throw new StateError('PUSH_TRANSPORT_UNAVAILABLE', { detail: `The app ${app} has not configured ${name}.` })
}
