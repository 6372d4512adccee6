// Concurrent accepts share a transaction: a commit costs a disk flush, however many rows it holds. Nobody waits for a
// timer: what arrives while the commits before it are under way makes up the next group.
import type { Database } from '../database/tx.ts'
import { PushError } from '../model/push-error.ts'
import { createFifo } from '../util/fifo.ts'
import { type AcceptContext, type Accepted, type AcceptResult, acceptAll, type Submission } from './accept.ts'

const MAX_GROUP = 200
const MAX_COMMITS = 2

interface Waiting {
  readonly submission: Submission
  readonly resolve: (accepted: Accepted) => void
  readonly reject: (error: unknown) => void
}

/** Resolves once the submission is committed: from then on no crash loses it. */
export type AcceptInGroup = (submission: Submission) => Promise<Accepted>

export function createGroupCommit(context: AcceptContext & { readonly database: Database }): AcceptInGroup {
  const waiting = createFifo<Waiting>()
  let commits = 0

  function pump(): void {
    while (commits < MAX_COMMITS && waiting.length > 0) {
      commits++
      void commitGroup(context, waiting.take(MAX_GROUP)).finally(() => {
        commits--
        pump()
      })
    }
  }

  return (submission) =>
    new Promise((resolve, reject) => {
      waiting.push({ submission, resolve, reject })
      // After this turn of the event loop, so that requests that arrived together go together.
      if (waiting.length === 1) setImmediate(pump)
    })
}

async function commitGroup(context: AcceptContext & { readonly database: Database }, group: Waiting[]): Promise<void> {
  try {
    const submissions = group.map((item) => item.submission)
    const results = await context.database.transaction((tx) => acceptAll(context, tx, submissions))
    for (const [index, item] of group.entries()) settle(item, results[index])
  } catch (error) {
    // A database that is away fails every item alike; anything else may be the fault of one, so each goes alone.
    if (group.length === 1 || error instanceof PushError) for (const item of group) item.reject(error)
    else for (const item of group) await commitGroup(context, [item])
  }
}

function settle(item: Waiting, result: AcceptResult | undefined): void {
  if (result && 'accepted' in result) item.resolve(result.accepted)
  else item.reject(result?.error ?? new Error('a submission got no answer'))
}
