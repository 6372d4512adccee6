// `sendword send`: accepts a message for one device, and waits for its end when asked to.
import { Command, InvalidArgumentError, Option } from 'commander'
import type { Core } from '../../app/core.ts'
import { MAX_TTL_SECONDS } from '../../model/message.ts'
import {
  ANDROID_TEXTS,
  type AndroidOptions,
  type Notification,
  PRIORITIES,
  type Priority,
} from '../../model/notification.ts'
import { InputError, StateError } from '../../model/push-error.ts'
import type { CommandContext } from '../command-context.ts'
import {
  type AppFlags,
  type JsonFlags,
  type PlaceFlags,
  wholeNumber,
  withApp,
  withExample,
  withJson,
  withPlaceBesideData,
} from '../flags.ts'
import { withCore } from '../with-core.ts'

interface SendFlags extends PlaceFlags, AppFlags, JsonFlags {
  readonly data?: Readonly<Record<string, string>>
  readonly jsonData?: Readonly<Record<string, string>>
  readonly collapseKey?: string
  readonly ttl?: number
  readonly delayWhileIdle?: true
  readonly title?: string
  readonly body?: string
  readonly image?: string
  readonly priority?: Priority
  readonly android?: AndroidOptions
  /** Seconds, or true: as long as it takes. */
  readonly wait?: number | true
}

type Settled = Awaited<ReturnType<Core['messages']['settled']>>

const MAX_WAIT_SECONDS = MAX_TTL_SECONDS

export function sendCommand(context: CommandContext): Command {
  const command = new Command('send')
    .description('Send a message to one device. Once this says that it is accepted, no crash loses it.')
    .argument('<deviceId>', 'The id that the device registered under.')
    .option('--data <key=value...>', 'What the message says; each key arrives by its name.', addPair)
    .option('--json-data <json>', 'The same as a JSON object of texts.', parseData)
    .option('--collapse-key <key>', 'Messages with one collapse key replace each other on an unreachable device.')
    .option(
      '--ttl <seconds>',
      'How long it may wait; 0: it is tried once. (default: a day)',
      wholeNumber(0, MAX_TTL_SECONDS),
    )
    .option('--delay-while-idle', 'C2DM: wait until the device is active.')
    .option('--title <text>', 'FCM: the title of a notification, which the device shows by itself.')
    .option('--body <text>', 'FCM: the body of it.')
    .option('--image <url>', 'FCM: the https:// URL of a picture in it.')
    .addOption(new Option('--priority <priority>', 'FCM: high wakes a sleeping device.').choices(PRIORITIES))
    .option('--android <json>', 'FCM: how Android shows the notification: {"channelId":"news"}.', parseAndroid)
    .option('--wait [seconds]', 'Wait for its end. (default: as long as it takes)', wholeNumber(0, MAX_WAIT_SECONDS))
  const lines = ['sendword send sha256-of-something --data greeting=hello --collapse-key hi --wait 30']
  return withExample(withPlaceBesideData(withJson(withApp(command))), ...lines).action(
    (deviceId: string, flags: SendFlags) =>
      withCore(context, flags, (core) => send(context, core, { ...flags, deviceId })),
  )
}

async function send(
  context: CommandContext,
  core: Core,
  { deviceId, app, ttl, wait, json, ...flags }: SendFlags & { readonly deviceId: string },
): Promise<void> {
  const { terminal, stop } = context
  const { collapseKey, delayWhileIdle, priority, android } = flags
  const notification = readNotification(flags)
  const content = { data: readData(flags), collapseKey, delayWhileIdle, notification, priority, android }
  const { id } = await core.messages.submit({ app, deviceId, content, ttl })
  const hasWorker = await core.isDelivered()
  if (!json) terminal.print(`Accepted message ${id} for ${deviceId}.`)
  if (!hasWorker) terminal.note('It is queued, as nothing delivers now: start `sendword serve` or `sendword worker`.')
  if (wait === undefined) {
    if (json) terminal.printJson({ id, queued: !hasWorker })
    return
  }
  const settled = await core.messages.settled(id, {
    signal: stop.signal,
    ...(wait === true ? {} : { timeout: wait * 1000 }),
  })
  tell(context, settled, json)
}

function tell({ terminal }: CommandContext, { id, single }: Settled, json: true | undefined): void {
  const { outcome, reason, attempts } = single ?? {}
  if (json) terminal.printJson({ id, outcome, reason, attempts })
  if (outcome !== 'accepted') {
    const why = reason === undefined ? '' : ` (${reason})`
    throw new StateError('PUSH_MESSAGE_NOT_ACCEPTED', { detail: `The message ended as ${outcome}${why}.` })
  }
  if (!json) terminal.print('The push service took it.')
}

function readData({ data, jsonData }: Pick<SendFlags, 'data' | 'jsonData'>): Readonly<Record<string, string>> {
  if (data !== undefined && jsonData !== undefined) {
    throw new InputError('PUSH_COMMAND_INVALID', {
      detail: '--data and --json-data both say what the message says.',
      cure: 'Give one of them.',
    })
  }
  return data ?? jsonData ?? {}
}

function readNotification({ title, body, image }: Notification): Notification | undefined {
  const isNone = title === undefined && body === undefined && image === undefined
  return isNone ? undefined : { title, body, image }
}

function addPair(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const cut = text.indexOf('=')
  if (cut < 1) throw new InvalidArgumentError('It must be key=value.')
  const key = text.slice(0, cut)
  if (Object.hasOwn(before, key)) throw new InvalidArgumentError(`The key ${key} is given twice.`)
  return Object.fromEntries([...Object.entries(before), [key, text.slice(cut + 1)]])
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

function parseObject(text: string, what: string): object {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new InvalidArgumentError('It is not valid JSON.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidArgumentError(`It must be ${what}.`)
  }
  return value
}
