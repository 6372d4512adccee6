// What a push service would get for a message, as one of its recipients gets it; and why accepting it would be refused.
import type { TransportName } from '../model/address.ts'
import { checkFit } from '../model/content-bounds.ts'
import { DEFAULT_TTL_SECONDS } from '../model/message.ts'
import { createPersonaliser, isPersonal, type Recipient } from '../model/personal-content.ts'
import type { Preview } from '../model/preview.ts'
import { asStored } from '../store/stored-json.ts'
import type { AcceptContext, Submission } from './accept.ts'
import { acceptedContent } from './accepted-content.ts'
import { rulesFor } from './rules-for.ts'

export interface TransportPreview extends Preview {
  readonly transport: TransportName
}

export type PreviewedMessage = Pick<Submission, 'app' | 'content' | 'ttl'>

/** Throws StateError PUSH_TRANSPORT_UNAVAILABLE. */
export function previewMessage(
  context: AcceptContext,
  { app, content, ttl = DEFAULT_TTL_SECONDS }: PreviewedMessage,
  { transport, recipient }: { readonly transport: TransportName; readonly recipient: Recipient },
): TransportPreview {
  const rules = rulesFor(context, app, transport)
  // What is sent has been stored before.
  const stored = asStored(acceptedContent(context.localeOf?.(app), content))
  if (!isPersonal(stored)) return { transport, ...rules.preview(stored, ttl) }
  const { refusal: _refusal, ...preview } = rules.preview(createPersonaliser(stored)(recipient), ttl)
  const refusal = checkFit(rules, stored)
  return { transport, ...preview, ...(refusal && { refusal }) }
}
