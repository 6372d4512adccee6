// Refuses locales that are no language tags, are given twice, or hold what a language has no say in.
import { isObject } from '../util/json-object.ts'
import { invalidMessage } from './check-text.ts'
import { canonicalTag, type Locales, type LocalisedContent } from './locale.ts'
import { InputError } from './push-error.ts'

const MAX_LOCALES = 100
/** Of all of them as JSON. */
const MAX_LOCALES_BYTES = 65_536
const PARTS: readonly string[] = ['notification', 'data']
const MAX_SHOWN_TAG = 40

/** Their texts are checked with the whole message. */
export function assertLocales(locales: Locales): void {
  if (!isObject(locales)) throw invalidMessage('locales must be an object, by language tag.')
  const entries = Object.entries(locales)
  if (entries.length > MAX_LOCALES) {
    throw invalidMessage(`locales are ${entries.length}; at most ${MAX_LOCALES}.`)
  }
  for (const [tag, localised] of entries) assertParts(tag, localised)
  const bytes = Buffer.byteLength(JSON.stringify(locales))
  if (bytes > MAX_LOCALES_BYTES) {
    throw new InputError('PUSH_MESSAGE_TOO_BIG', {
      detail: `locales are ${bytes} bytes of JSON; at most ${MAX_LOCALES_BYTES}.`,
    })
  }
  canonicalLocales(locales)
}

function assertParts(tag: string, localised: LocalisedContent): void {
  const name = `locales.${tag.slice(0, MAX_SHOWN_TAG)}`
  if (canonicalTag(tag) === undefined) throw invalidMessage(`${name} is no BCP 47 language tag.`)
  if (!isObject(localised)) throw invalidMessage(`${name} must be an object.`)
  for (const [part, value] of Object.entries(localised)) {
    if (!PARTS.includes(part)) throw invalidMessage(`${name} can have ${PARTS.join(' and ')} only.`)
    if (value !== undefined && !isObject(value)) throw invalidMessage(`${name}.${part} must be an object.`)
  }
}

/** Throws InputError PUSH_MESSAGE_INVALID for two that are the same tag. */
export function canonicalLocales(locales: Locales): Locales {
  const byTag = new Map<string, LocalisedContent>()
  for (const [given, localised] of Object.entries(locales)) {
    const tag = canonicalTag(given) ?? given
    if (byTag.has(tag)) throw invalidMessage(`locales has ${tag} twice, in two ways of writing it.`)
    byTag.set(tag, localised)
  }
  return Object.fromEntries(byTag)
}
