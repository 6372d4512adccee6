// Refuses variables that could not be filled, texts that name others, and values that nothing asks for.
import { isObject } from '../util/json-object.ts'
import { invalidMessage } from './check-text.ts'
import { hasControl } from './device.ts'
import { isStorableText, type MessageContent } from './message.ts'
import { splitTemplate, type TemplateText, templateTexts } from './template.ts'
import {
  DEFAULT_VALUE_BYTES,
  MAX_VALUE_BYTES,
  VARIABLE_NAME,
  type Variable,
  type Variables,
  variableOf,
} from './variable.ts'

const MAX_VARIABLES = 50
const MAX_LABEL_BYTES = 64
/** Of a value or a name that is given; longer values are cut to what their variable takes. */
const MAX_GIVEN_BYTES = 4096
const MAX_SHOWN = 80

/** A URL up to the end of its origin: whom a recipient is led to is not for a value to say. */
const LITERAL_ORIGIN = /^https:\/\/[^/?#\\]+[/?#]/i

export function assertVariables(content: MessageContent, variables: Variables): void {
  if (!isObject(variables)) throw invalidMessage('variables must be an object, by name.')
  const entries = Object.entries(variables)
  if (entries.length === 0 || entries.length > MAX_VARIABLES) {
    throw invalidMessage(`variables are ${entries.length}; from 1 to ${MAX_VARIABLES}.`)
  }
  for (const [name, variable] of entries) assertVariable(name, variable)
  const used = new Set(textsOf(content).flatMap((text) => namesIn(text, variables)))
  const unused = entries.map(([name]) => name).find((name) => !used.has(name))
  if (unused !== undefined) throw invalidMessage(`variables.${unused} is used in no text: there is no {{${unused}}}.`)
}

function assertVariable(name: string, variable: Variable): void {
  if (!VARIABLE_NAME.test(name)) {
    throw invalidMessage(
      `variables.${shown(name)} is no name: letters, digits and _, 64 at most, and no digit at first.`,
    )
  }
  const where = `variables.${name}`
  if (!isObject(variable)) throw invalidMessage(`${where} must be an object with a default.`)
  const { label, maxBytes = DEFAULT_VALUE_BYTES, default: usual } = variable
  if (!Number.isInteger(maxBytes) || maxBytes < 1 || maxBytes > MAX_VALUE_BYTES) {
    throw invalidMessage(`${where}.maxBytes must be a whole number from 1 to ${MAX_VALUE_BYTES}.`)
  }
  assertPlain(`${where}.default`, usual, maxBytes)
  if (label === undefined) return
  assertPlain(`${where}.label`, label, MAX_LABEL_BYTES)
  if (label === '') throw invalidMessage(`${where}.label is empty; it names a label, or is left out.`)
}

/** What the message says to everybody, and in each of its languages. */
function textsOf(content: MessageContent): TemplateText[] {
  const localised = Object.entries(content.locales ?? {}).flatMap(([tag, over]) =>
    templateTexts(over).map((text) => ({ ...text, where: `locales.${tag}.${text.where}` })),
  )
  return [...templateTexts(content), ...localised]
}

/** Throws for what is no variable of the message, or stands where none may. */
function namesIn({ where, text, isUrl }: TemplateText, variables: Variables): string[] {
  // What is no text is refused with the whole message.
  const pieces = typeof text === 'string' ? splitTemplate(text) : []
  const names = pieces.filter((_, place) => place % 2 === 1)
  const unknown = names.find((name) => variableOf(variables, name) === undefined)
  if (unknown !== undefined) throw invalidMessage(`${where} names {{${unknown}}}, which is not in variables.`)
  if (pieces.some((piece, place) => place % 2 === 0 && piece.includes('{{'))) {
    throw invalidMessage(`${where} has {{ that begins no variable: it must be {{name}}, without spaces.`)
  }
  if (isUrl && names.length > 0 && !LITERAL_ORIGIN.test(pieces[0] ?? '')) {
    throw invalidMessage(`${where} must begin with https:// and a host, before the first variable.`)
  }
  return names
}

/** @param where Names the values in an error. */
export function assertValues(
  where: string,
  values: Readonly<Record<string, string>>,
  variables: Variables | undefined,
): void {
  if (!isObject(values)) throw invalidMessage(`${where} must be an object of texts.`)
  for (const [name, value] of Object.entries(values)) {
    if (variables === undefined || variableOf(variables, name) === undefined) {
      throw invalidMessage(`${where} has a value for ${shown(name)}, which is not in variables.`)
    }
    assertPlain(`${where}.${name}`, value, MAX_GIVEN_BYTES)
  }
}

function assertPlain(where: string, text: string, maxBytes: number): void {
  if (typeof text !== 'string') throw invalidMessage(`${where} is not a string.`)
  const bytes = Buffer.byteLength(text)
  if (bytes > maxBytes || !isStorableText(text) || hasControl(text)) {
    throw invalidMessage(
      `${where} is ${bytes} bytes; at most ${maxBytes}, without control characters or lone surrogates.`,
    )
  }
}

function shown(name: string): string {
  return name.length > MAX_SHOWN ? `${name.slice(0, MAX_SHOWN)}…` : name
}
