// Messages that come to their end in a transaction which ends jobs of theirs, or the search for their devices.
import type { Tx } from '../database/tx.ts'
import type { MessageFinished } from '../model/webhook-event.ts'
import { findOpenAudiences } from './fan-outs.ts'
import { findProgress } from './messages.ts'

/**
 * Of messages whose last job may have ended here, those that are finished. Of those to an audience it is the one
 * transaction that brings the number of their open jobs to none, since each locks the message to change it.
 */
export async function findFinished(
  tx: Tx,
  messages: ReadonlyArray<{ readonly id: string; readonly app: string }>,
): Promise<MessageFinished[]> {
  const apps = new Map(messages.map(({ id, app }) => [id, app]))
  if (apps.size === 0) return []
  // Results are counted once: when no more will come.
  const open = new Set(await findOpenAudiences(tx, [...apps.keys()]))
  const closed = [...apps.keys()].filter((id) => !open.has(id))
  const progress = closed.length > 0 ? await findProgress(tx, closed) : []
  return progress
    .filter(({ isOver }) => isOver)
    .map(({ id, counts }) => ({ type: 'message.finished', app: apps.get(id) ?? '', messageId: id, counts }))
}
