// JSON that means one thing to everybody: JSON.parse keeps the last of several fields of one name and takes any depth.
import { InputError } from '../../model/push-error.ts'

/** Deeper than any document that is read here. */
const MAX_DEPTH = 16
const MAX_SHOWN_NAME = 64

/** In text that JSON.parse has accepted: a string, with the colon that makes it a field's name, or a bracket. */
const TOKEN = /("(?:[^"\\]+|\\.)*")(\s*:)?|[{}[\]]/g

/** Throws PUSH_REQUEST_INVALID for text that is not JSON, is nested too deep, or repeats a field. */
export function parseStrictJson(text: string): unknown {
  const value = parse(text)
  const open: Array<Set<string>> = []
  for (const [token, string, colon] of text.matchAll(TOKEN)) {
    if (string !== undefined) {
      if (colon !== undefined) addName(open.at(-1), JSON.parse(string))
    } else if (token === '{' || token === '[') {
      open.push(new Set())
      if (open.length > MAX_DEPTH) throw invalid(`The body is nested deeper than ${MAX_DEPTH} levels.`)
    } else {
      open.pop()
    }
  }
  return value
}

/** A name that came from outside, as an error may show it. */
export function showName(name: string): string {
  const shown = name.length > MAX_SHOWN_NAME ? `${name.slice(0, MAX_SHOWN_NAME)}…` : name
  return JSON.stringify(shown)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // The rest of the message quotes the body.
    const position = /position (\d+)/.exec(String(error))?.[1]
    throw invalid(`The body is not JSON${position === undefined ? '' : ` from character ${position} on`}.`)
  }
}

function addName(names: Set<string> | undefined, name: string): void {
  // An assignment to it would change an object’s prototype instead of a field.
  if (name === '__proto__') throw invalid('No field may be named __proto__.')
  if (names?.has(name)) throw invalid(`The field ${showName(name)} is given twice.`)
  names?.add(name)
}

function invalid(detail: string): InputError {
  return new InputError('PUSH_REQUEST_INVALID', { detail })
}
