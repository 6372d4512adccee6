// Values that come with a message for some of those whom its audience names.
import { isObject } from '../util/json-object.ts'
import type { Audience } from './audience.ts'
import { invalidMessage } from './check-text.ts'
import { assertValues } from './check-variables.ts'
import type { MessageContent } from './message.ts'
import { InputError } from './push-error.ts'
import { cutBytes } from './template.ts'
import { DEFAULT_VALUE_BYTES, type Variable } from './variable.ts'

type Texts = Readonly<Record<string, string>>

/** By device id or user id, whichever the audience names, and by the name of a variable. */
export type RecipientValues = Readonly<Record<string, Texts>>

const MAX_RECIPIENTS = 1000
/** Of all of them as JSON. */
export const MAX_VALUES_BYTES = 262_144

/** Throws InputError PUSH_MESSAGE_INVALID or PUSH_MESSAGE_TOO_BIG. */
export function assertRecipientValues(
  { variables }: MessageContent,
  audience: Audience,
  values: RecipientValues | undefined,
): void {
  if (values === undefined) return
  if (!isObject(values)) throw invalidMessage('values must be an object, by device id or user id.')
  const recipients = Object.keys(values)
  if (recipients.length > MAX_RECIPIENTS) {
    throw invalidMessage(`values are for ${recipients.length} recipients; at most ${MAX_RECIPIENTS}.`)
  }
  const named = namesOf(audience)
  // By its place: ids are not for errors.
  const stranger = recipients.findIndex((id) => !named.has(id))
  if (stranger !== -1) throw invalidMessage(`What stands at place ${stranger} of values is not named by the audience.`)
  for (const [place, texts] of Object.values(values).entries()) assertValues(`values.${place}`, texts, variables)
  const bytes = Buffer.byteLength(JSON.stringify(values))
  if (bytes > MAX_VALUES_BYTES) {
    throw new InputError('PUSH_MESSAGE_TOO_BIG', {
      detail: `values are ${bytes} bytes of JSON; at most ${MAX_VALUES_BYTES}.`,
    })
  }
}

function namesOf(audience: Audience): ReadonlySet<string> {
  if ('devices' in audience) return new Set(audience.devices)
  if ('users' in audience) return new Set(audience.users)
  if ('user' in audience) return new Set([audience.user])
  throw invalidMessage('values are for an audience of devices or users.')
}

/** A message to one device, whose values take the place of the defaults. Throws InputError PUSH_MESSAGE_INVALID. */
export function withValues(content: MessageContent, values: Texts | undefined): MessageContent {
  if (values === undefined) return content
  const { variables } = content
  assertValues('values', values, variables)
  const entries = Object.entries(variables ?? {}).map(([name, variable]): [string, Variable] => {
    const { maxBytes = DEFAULT_VALUE_BYTES } = variable
    const value = Object.hasOwn(values, name) ? cutBytes(values[name] ?? '', maxBytes) : ''
    return [name, value === '' ? variable : { default: value, maxBytes }]
  })
  return { ...content, variables: Object.fromEntries(entries) }
}
