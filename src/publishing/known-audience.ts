// An audience that names groups or a channel, with what it names: they may be called otherwise by the time that their
// devices are found.
import type { Tx } from '../database/tx.ts'
import type { Audience } from '../model/audience.ts'
import type { StoredAudience } from '../store/audience-kinds.ts'
import { rowOf } from './channels.ts'
import { idsOfGroups } from './groups.ts'

/** Throws StateError PUSH_GROUP_UNKNOWN or PUSH_CHANNEL_UNKNOWN. */
export async function findKnown(tx: Tx, app: string, audience: Audience): Promise<StoredAudience> {
  if ('group' in audience) return { ...audience, ids: await idsOfGroups(tx, app, [audience.group]) }
  if ('groups' in audience) return { ...audience, ids: await idsOfGroups(tx, app, audience.groups) }
  if ('channel' in audience) return { ...audience, ids: [(await rowOf(tx, { app, name: audience.channel })).id] }
  return audience
}
