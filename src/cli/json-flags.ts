// Flags whose value is JSON, or the name of a file with it.
import { readFileSync } from 'node:fs'
import { InvalidArgumentError } from 'commander'
import { isObject } from '../util/json-object.ts'

/** `{"a":"b"}`, or `@file.json`. What is in it is checked where messages are accepted. */
export function parseJsonOrFile<T extends object>(text: string): T {
  return parseObject(text.startsWith('@') ? readText(text.slice(1)) : text, 'a JSON object') as T
}

export function parseObject(text: string, what: string): object {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new InvalidArgumentError('It is not valid JSON.')
  }
  if (!isObject(value)) throw new InvalidArgumentError(`It must be ${what}.`)
  return value
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new InvalidArgumentError(`The file ${file} cannot be read.`)
  }
}
