// Concurrent accepts share a transaction: a commit costs a disk flush, however many rows it holds.
import type { Database } from '../database/tx.ts'
import { PushError } from '../model/push-error.ts'
import { type Grouped, inGroups } from '../util/in-groups.ts'
import { type AcceptContext, type Accepted, type AcceptResult, acceptAll, type Submission } from './accept.ts'

const BOUNDS = { maxGroup: 200, maxRunning: 2 }

type Waiting = Grouped<Submission, Accepted>
type GroupContext = AcceptContext & { readonly database: Database }

/** Resolves once the submission is committed: from then on no crash loses it. */
export type AcceptInGroup = (submission: Submission) => Promise<Accepted>

export function createGroupCommit(context: GroupContext): AcceptInGroup {
  return inGroups(BOUNDS, (group) => commitGroup(context, group))
}

async function commitGroup(context: GroupContext, group: readonly Waiting[]): Promise<void> {
  try {
    const submissions = group.map(({ item }) => item)
    const results = await context.database.transaction((tx) => acceptAll(context, tx, submissions))
    for (const [index, waiting] of group.entries()) settle(waiting, results[index])
  } catch (error) {
    // A database that is away fails every item alike; anything else may be the fault of one, so each goes alone.
    if (group.length === 1 || error instanceof PushError) for (const waiting of group) waiting.reject(error)
    else for (const waiting of group) await commitGroup(context, [waiting])
  }
}

function settle(waiting: Waiting, result: AcceptResult | undefined): void {
  if (result && 'accepted' in result) waiting.resolve(result.accepted)
  else waiting.reject(result?.error ?? new Error('a submission got no answer'))
}
