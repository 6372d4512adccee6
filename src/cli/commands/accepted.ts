// What commands that send say when their message is accepted, and the flag that makes repeating them harmless.
import { Option } from 'commander'
import type { MessageTiming } from '../../model/timing.ts'
import { whenItGoes } from '../when-it-goes.ts'

/** Where nothing delivers. */
export const QUEUED = 'It is queued, as nothing delivers now: start `sendword serve` or `sendword worker`.'

export interface RepeatFlags {
  readonly idempotencyKey?: string
}

export function idempotencyOption(): Option {
  return new Option(
    '--idempotency-key <key>',
    'A repeat with the same key is answered with the message of the first one.',
  )
}

/** `whom`: for people, such as `2 devices`. */
export function acceptedLine(id: string, whom: string, timing: MessageTiming | undefined): string {
  const goes = timing && whenItGoes(timing)
  return `Accepted message ${id} for ${whom}.${goes === undefined ? '' : ` It goes at ${goes}.`}`
}
