// The flags that say what of a message differs by recipient.
import { Option } from 'commander'
import { parseJsonOrFile } from '../json-flags.ts'

export function localesOption(): Option {
  const about = 'What it says in other languages: {"pt":{"notification":{"title":"Olá"}}}; or the file: @file.json.'
  return new Option('--locales <json>', about).argParser(parseJsonOrFile)
}

export function variablesOption(): Option {
  const about = 'What {{name}} stands for: {"name":{"label":"name","default":"friend"}}; or the file: @file.json.'
  return new Option('--variables <json>', about).argParser(parseJsonOrFile)
}

/** @param of Whose values: `{"name":"Ada"}` of one device, or by id. */
export function valuesOption(of: string): Option {
  return new Option('--values <json>', `What variables stand for: ${of}; or the file: @file.json.`).argParser(
    parseJsonOrFile,
  )
}
