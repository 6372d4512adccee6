// Channels and their content. Each change is checked by every push service that the app has, as what is published must
// fit through all of them.
import type { Tx } from '../database/tx.ts'
import { type ChannelView, channelCollapseKey, MAX_CHANNEL_FIELDS } from '../model/channel.ts'
import { assertContent } from '../model/check-content.ts'
import type { MessageContent } from '../model/message.ts'
import { assertName } from '../model/name.ts'
import { InputError, StateError } from '../model/push-error.ts'
import {
  type ChannelRow,
  changeFields,
  findChannel,
  insertChannel,
  lockChannel,
  lockChannelNames,
  readFields,
  removeChannel,
  updateChannel,
  viewChannel,
} from '../store/channels.ts'
import { uuidv7 } from '../util/ids.ts'
import type { DirectoryContext } from './directory-context.ts'

export interface ChannelRef {
  readonly app: string
  readonly name: string
}

export interface ChannelSettings {
  /** The whole content: text by field. */
  readonly fields?: Readonly<Record<string, string>> | undefined
  /** A device that confirms a new address gets the newest message that it missed. Default false. */
  readonly catchUp?: boolean | undefined
}

export interface ChannelChange {
  /** What it is called from now on; its collapse key stays. */
  readonly name?: string | undefined
  /** Fields to set, and with null to drop; others stay. */
  readonly fields?: Readonly<Record<string, string | null>> | undefined
  readonly catchUp?: boolean | undefined
}

/** Makes the channel, or gives the one of this name this content and these settings. */
export async function keepChannel(
  context: DirectoryContext,
  { app, name }: ChannelRef,
  { fields = {}, catchUp = false }: ChannelSettings,
): Promise<ChannelView> {
  assertName('channel', name)
  const { database, clock, random } = context
  const id = uuidv7(clock, random)
  const at = new Date(clock.now())
  return await database.transaction(async (tx) => {
    if (!(await lockChannel(tx, app, name))) {
      await lockChannelNames(tx, app)
      await insertChannel(tx, { id, app, name, collapseKey: channelCollapseKey(name, id), catchUp, at })
    }
    const channel = await lockedRow(tx, { app, name })
    if (channel.catchUp !== catchUp) await updateChannel(tx, channel.id, { catchUp })
    await changeContent(context, tx, { app, channel }, () => new Map(Object.entries(fields)))
    return found(await viewChannel(tx, app, name))
  })
}

/** Throws PUSH_CHANNEL_UNKNOWN, PUSH_NAME_TAKEN, and what the content is refused with. */
export async function changeChannel(
  context: DirectoryContext,
  { app, name }: ChannelRef,
  change: ChannelChange,
): Promise<ChannelView> {
  const { name: newName = name, fields = {}, catchUp } = change
  assertName('channel', newName)
  return await context.database.transaction(async (tx) => {
    if (newName !== name) await lockChannelNames(tx, app)
    const channel = await lockedRow(tx, { app, name })
    if (newName !== name && (await findChannel(tx, app, newName))) throw nameTaken()
    await updateChannel(tx, channel.id, { name: newName, catchUp })
    await changeContent(context, tx, { app, channel }, (now) => merged(now, fields))
    return found(await viewChannel(tx, app, newName))
  })
}

function merged(now: ReadonlyMap<string, string>, change: Readonly<Record<string, string | null>>) {
  const next = new Map(now)
  for (const [field, value] of Object.entries(change)) {
    if (value === null) next.delete(field)
    else next.set(field, value)
  }
  return next
}

interface Place {
  readonly app: string
  readonly channel: ChannelRow
}

/** What stays as it was keeps the time of its last change. */
async function changeContent(
  context: DirectoryContext,
  tx: Tx,
  { app, channel }: Place,
  change: (now: ReadonlyMap<string, string>) => ReadonlyMap<string, string>,
): Promise<void> {
  const fields = await readFields(tx, channel.id)
  const now = new Map([...fields].map(([field, { value }]) => [field, value]))
  const next = change(now)
  const set = [...next].filter(([field, value]) => now.get(field) !== value)
  const drop = [...now.keys()].filter((field) => !next.has(field))
  if (set.length === 0 && drop.length === 0) return
  assertFields(context, app, channel, next)
  await changeFields(tx, channel.id, { set, drop, at: new Date(context.clock.now()) })
}

/** Throws PUSH_REQUEST_INVALID, PUSH_MESSAGE_INVALID or PUSH_MESSAGE_TOO_BIG. */
function assertFields(
  { rulesFor }: DirectoryContext,
  app: string,
  channel: ChannelRow,
  fields: ReadonlyMap<string, string>,
): void {
  if (fields.size > MAX_CHANNEL_FIELDS) {
    throw new InputError('PUSH_REQUEST_INVALID', {
      detail: `The channel would have ${fields.size} fields; at most ${MAX_CHANNEL_FIELDS}.`,
    })
  }
  for (const field of fields.keys()) assertName('field', field)
  const content = contentOf(channel, fields)
  assertContent(content)
  for (const { name, check } of fields.size > 0 ? rulesFor(app) : []) {
    const failure = check(content)
    if (failure) throw new InputError(failure.code, { detail: `${name}: ${failure.detail}` })
  }
}

/** What a channel says, as a message. */
export function contentOf({ collapseKey }: ChannelRow, fields: ReadonlyMap<string, string>): MessageContent {
  return { data: Object.fromEntries(fields), collapseKey }
}

/** Throws PUSH_CHANNEL_UNKNOWN. */
export async function showChannel({ database }: DirectoryContext, { app, name }: ChannelRef): Promise<ChannelView> {
  assertName('channel', name)
  return found(await viewChannel(database, app, name))
}

/** What it has sent stays, and so do the devices. Throws PUSH_CHANNEL_UNKNOWN. */
export async function dropChannel({ database }: DirectoryContext, { app, name }: ChannelRef): Promise<void> {
  assertName('channel', name)
  if (!(await removeChannel(database, app, name))) throw new StateError('PUSH_CHANNEL_UNKNOWN')
}

/** Throws PUSH_CHANNEL_UNKNOWN. */
export async function rowOf(tx: Tx, { app, name }: ChannelRef): Promise<ChannelRow> {
  assertName('channel', name)
  const row = await findChannel(tx, app, name)
  if (!row) throw new StateError('PUSH_CHANNEL_UNKNOWN')
  return row
}

/** Throws PUSH_CHANNEL_UNKNOWN. */
export async function lockedRow(tx: Tx, { app, name }: ChannelRef): Promise<ChannelRow> {
  assertName('channel', name)
  const row = await lockChannel(tx, app, name)
  if (!row) throw new StateError('PUSH_CHANNEL_UNKNOWN')
  return row
}

function found(view: ChannelView | undefined): ChannelView {
  if (!view) throw new StateError('PUSH_CHANNEL_UNKNOWN')
  return view
}

function nameTaken(): StateError {
  return new StateError('PUSH_NAME_TAKEN', { detail: 'There is another channel of this name.' })
}
