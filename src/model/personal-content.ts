// The message that one recipient gets: in his language, with his values in the place of its variables.
import { inLocale, tagFor } from './localised.ts'
import type { MessageContent } from './message.ts'
import { cutBytes, fillContent, variablesIn } from './template.ts'
import { DEFAULT_VALUE_BYTES, type Variable, variableOf } from './variable.ts'

type Texts = Readonly<Record<string, string>>

export interface Recipient {
  /** The device's, or else its user's. */
  readonly locale?: string | undefined
  readonly labels?: Texts | undefined
  readonly userLabels?: Texts | undefined
  /** By the name of a variable: what was given for this recipient with the message. */
  readonly values?: Texts | undefined
}

/** Whether recipients get different things. */
export function isPersonal({ locales, variables }: MessageContent): boolean {
  return locales !== undefined || variables !== undefined
}

/** Answers one and the same object to all recipients who get the same. */
export function createPersonaliser(content: MessageContent): (recipient: Recipient) => MessageContent {
  const byTag = new Map<string | undefined, (recipient: Recipient) => MessageContent>()
  return (recipient) => {
    const tag = tagFor(content, recipient.locale)
    const known = byTag.get(tag) ?? createFiller(inLocale(content, tag))
    byTag.set(tag, known)
    return known(recipient)
  }
}

function createFiller(content: MessageContent): (recipient: Recipient) => MessageContent {
  const { variables } = content
  if (variables === undefined) return () => content
  const used = variablesIn(content).flatMap((name) => {
    const variable = variableOf(variables, name)
    return variable === undefined ? [] : [[name, variable] as const]
  })
  const byValues = new Map<string, MessageContent>()
  return (recipient) => {
    const values = new Map(used.map(([name, variable]) => [name, valueFor(recipient, name, variable)]))
    // No value has a NUL.
    const key = [...values.values()].join('\0')
    const known = byValues.get(key) ?? fillContent(content, (name) => values.get(name) ?? '')
    byValues.set(key, known)
    return known
  }
}

/** An empty text counts as none, so that a variable with a default is never empty. */
function valueFor({ values, labels, userLabels }: Recipient, name: string, variable: Variable): string {
  const { label, maxBytes = DEFAULT_VALUE_BYTES } = variable
  const own = ownText(values, name, maxBytes)
  if (own !== '') return own
  if (label === undefined) return variable.default
  return ownText(labels, label, maxBytes) || ownText(userLabels, label, maxBytes) || variable.default
}

function ownText(texts: Texts | undefined, name: string, maxBytes: number): string {
  const text = texts !== undefined && Object.hasOwn(texts, name) ? texts[name] : undefined
  return text === undefined ? '' : cutBytes(text, maxBytes)
}
