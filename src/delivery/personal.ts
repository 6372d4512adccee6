// What each device gets of a message that is not the same for all. Plain messages cost nothing here, and no query.
import type { Tx } from '../database/tx.ts'
import type { MessageContent } from '../model/message.ts'
import { createPersonaliser, isPersonal, type Recipient } from '../model/personal-content.ts'
import { findMessageValues, findRecipients, type RecipientRow } from '../store/recipients.ts'
import type { MessageToSend, SliceMember } from '../store/slices.ts'
import type { Task } from './task.ts'

export type ContentOf = (message: MessageToSend, member: SliceMember) => MessageContent

const SAME_FOR_ALL: ContentOf = ({ content }) => content

/** Reads what is known of the recipients of personal messages, if there are any. */
export async function findContents(
  tx: Tx,
  messages: readonly MessageToSend[],
  members: readonly SliceMember[],
): Promise<ContentOf> {
  const personal = messages.filter(({ content }) => isPersonal(content))
  if (personal.length === 0) return SAME_FOR_ALL
  const ids = new Set(personal.map(({ id }) => id))
  const open = members.filter(({ messageId, settled }) => !settled && ids.has(messageId))
  const withVariables = personal.flatMap(({ id, content }) => (content.variables === undefined ? [] : id))
  const [rows, values] = await Promise.all([
    findRecipients(tx, [...new Set(open.map(({ device }) => device))]),
    withVariables.length === 0 ? new Map<string, never>() : findMessageValues(tx, withVariables),
  ])
  const rowByDevice = new Map(rows.map((row) => [row.device, row]))
  const contentFor = new Map(personal.map((message) => [message.id, createPersonaliser(message.content)]))
  return (message, member) => {
    const personalise = contentFor.get(message.id)
    if (personalise === undefined) return message.content
    const row = rowByDevice.get(member.device)
    // Between the two looks it became another user's, or is gone: nothing is told of either.
    if (row === undefined || row.userId !== member.userId) return personalise({})
    return personalise(recipientOf(message, row, values.get(message.id)))
  }
}

function recipientOf({ users }: MessageToSend, row: RecipientRow, values: object | undefined): Recipient {
  const { locale, labels, userLabels, deviceId, userId } = row
  const key = users === null ? deviceId : userId
  const own = values !== undefined && key !== undefined && Object.hasOwn(values, key)
  return { locale, labels, userLabels, values: own ? (values as Values)[key] : undefined }
}

type Values = Readonly<Record<string, Readonly<Record<string, string>>>>

/** Those that send the same one after the other: transports keep the last few contents in the form of their requests. */
export function byContent(tasks: readonly Task[]): Task[] {
  const groups = [...Map.groupBy(tasks, ({ content }) => content).values()]
  return groups.flatMap((group) =>
    group.length === 1 ? group.map((task) => ({ ...task, isContentOwn: true })) : group,
  )
}
