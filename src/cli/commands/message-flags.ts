// The flags that say what a message is, which several commands share, and the message that they make.
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Locales } from '../../model/locale.ts'
import { MAX_TTL_SECONDS, type MessageContent } from '../../model/message.ts'
import {
  ANDROID_TEXTS,
  type AndroidOptions,
  type Notification,
  type NotificationAction,
} from '../../model/notification.ts'
import type { Overrides } from '../../model/overrides.ts'
import { InputError } from '../../model/push-error.ts'
import { URGENCIES, type Urgency } from '../../model/urgency.ts'
import type { Variables } from '../../model/variable.ts'
import { ifAnyGiven } from '../../util/given.ts'
import { wholeNumber } from '../flags.ts'
import { parseJsonOrFile, parseObject } from '../json-flags.ts'
import { localesOption, variablesOption } from './personal-flags.ts'

export interface MessageFlags extends Omit<Notification, 'actions'> {
  readonly data?: Readonly<Record<string, string>>
  readonly jsonData?: Readonly<Record<string, string>>
  readonly collapseKey?: string
  readonly ttl?: number
  readonly delayWhileIdle?: true
  readonly action?: readonly NotificationAction[]
  readonly urgency?: Urgency
  readonly android?: AndroidOptions
  readonly overrides?: Overrides
  readonly receipts?: true
  readonly locales?: Locales
  readonly variables?: Variables
}

const MAX_BADGE = 1_000_000

export function withMessage(command: Command): Command {
  return command
    .option('--data <key=value...>', 'What the message says; each key arrives by its name.', addPair)
    .option('--json-data <json>', 'The same as a JSON object of texts.', parseData)
    .option('--collapse-key <key>', 'Messages with one collapse key replace each other on an unreachable device.')
    .option(
      '--ttl <seconds>',
      'How long it may wait; 0: it is tried once. (default: a day)',
      wholeNumber(0, MAX_TTL_SECONDS),
    )
    .option('--delay-while-idle', 'C2DM: wait until the device is active.')
    .option('--title <text>', 'The title of a notification, which the device shows by itself; not on C2DM.')
    .option('--body <text>', 'The body of it.')
    .option('--image <url>', 'The https:// URL of a picture in it.')
    .option('--action <id=title...>', 'A button of it.', addAction)
    .option('--badge <n>', 'The number on the application’s icon; 0 takes it away.', wholeNumber(0, MAX_BADGE))
    .option('--sound <name>', 'default, or the name of a sound of the application.')
    .option('--url <url>', 'The https:// URL that a tap leads to.')
    .addOption(new Option('--urgency <urgency>', 'high wakes a sleeping device; not on C2DM.').choices(URGENCIES))
    .option('--android <json>', 'FCM: how Android shows the notification: {"channelId":"news"}.', parseAndroid)
    .option(
      '--overrides <json>',
      'What one push service alone is told: {"fcm":{"fcm_options":{"analytics_label":"spring"}}}; or the file: @file.json.',
      parseJsonOrFile,
    )
    .option('--receipts', 'Give the device a token with which it tells that the message was delivered and opened.')
    .addOption(localesOption())
    .addOption(variablesOption())
}

export function contentOf(flags: MessageFlags): MessageContent {
  const { collapseKey, delayWhileIdle, urgency, android, overrides, receipts, locales, variables } = flags
  const notification = notificationOf(flags)
  return {
    ...{ data: dataOf(flags), collapseKey, delayWhileIdle, notification, urgency, android, overrides, receipts },
    ...{ locales, variables },
  }
}

function dataOf({ data, jsonData }: MessageFlags): Readonly<Record<string, string>> {
  if (data !== undefined && jsonData !== undefined) {
    throw new InputError('PUSH_COMMAND_INVALID', {
      detail: '--data and --json-data both say what the message says.',
      cure: 'Give one of them.',
    })
  }
  return data ?? jsonData ?? {}
}

function notificationOf({ title, body, image, action, badge, sound, url }: MessageFlags): Notification | undefined {
  return ifAnyGiven({ title, body, image, actions: action, badge, sound, url })
}

/** Reads `key=value`, and adds it to those that were given before. */
export function addPair(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [key, value] = splitPair(text, 'key=value')
  if (Object.hasOwn(before, key)) throw new InvalidArgumentError(`The key ${key} is given twice.`)
  return Object.fromEntries([...Object.entries(before), [key, value]])
}

function addAction(text: string, before: readonly NotificationAction[] = []): readonly NotificationAction[] {
  const [id, title] = splitPair(text, 'id=title')
  return [...before, { id, title }]
}

function splitPair(text: string, form: string): [name: string, value: string] {
  const cut = text.indexOf('=')
  if (cut < 1) throw new InvalidArgumentError(`It must be ${form}.`)
  return [text.slice(0, cut), text.slice(cut + 1)]
}

function parseData(text: string): Readonly<Record<string, string>> {
  // That every value is a text is checked where messages are accepted.
  return parseObject(text, 'a JSON object of texts') as Readonly<Record<string, string>>
}

function parseAndroid(text: string): AndroidOptions {
  const options = parseObject(text, 'a JSON object')
  const known: readonly string[] = [...ANDROID_TEXTS, 'visibility', 'notificationCount', 'sticky', 'directBootOk']
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined) throw new InvalidArgumentError(`There is no ${unknown}; there are ${known.join(', ')}.`)
  return options as AndroidOptions
}
