// Flags that several commands share, and how their values are read.
import { type Command, InvalidArgumentError, Option } from 'commander'
import { DEFAULT_PAGE, MAX_PAGE } from '../app/page.ts'

/** Where the options come from and where the data is. */
export interface PlaceFlags {
  readonly config?: string
  readonly dataFolder?: string
}

export interface AppFlags {
  readonly app: string
}

export interface JsonFlags {
  readonly json?: true
}

const ABOUT_DATA = 'The data folder, instead of DATABASE_URL and SENDWORD_DATA. (default: ./data)'

export function withPlace(command: Command): Command {
  return withConfig(command).addOption(new Option('--data, --data-folder <dir>', ABOUT_DATA))
}

/** For a command whose --data means something else. */
export function withPlaceBesideData(command: Command): Command {
  return withConfig(command).addOption(new Option('--data-folder <dir>', ABOUT_DATA))
}

export function withConfig(command: Command): Command {
  return command.option('--config <file>', 'The configuration file. (default: sendword.config.* in this folder)')
}

export function withApp(command: Command): Command {
  return command.option('--app <name>', 'The app.', 'default')
}

export function withJson(command: Command): Command {
  return command.option('--json', 'Answer in JSON, on one line.')
}

/** For a list: `what` it is of, in the plural. */
export function withLimit(command: Command, what: string): Command {
  const about = `${what} at most, up to ${MAX_PAGE}.`
  return command.option('--limit <n>', about, wholeNumber(1, MAX_PAGE), DEFAULT_PAGE)
}

export function withExample(command: Command, ...lines: string[]): Command {
  return command.addHelpText('after', ['\nExample:', ...lines.map((line) => `  $ ${line}`)].join('\n'))
}

export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`)
  }
}

export const port = wholeNumber(0, 65_535)
