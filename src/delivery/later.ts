// What a job leaves for later, and as which jobs.
import type { TransportName } from '../model/address.ts'
import type { Job, NewJob, Progress } from '../queue/job.ts'
import type { Task } from './task.ts'

/** A part of a job that goes later. */
export interface Later {
  /** The device, when the job is a slice. */
  readonly device: string | undefined
  readonly delayMs: number
  readonly progress: Progress
  readonly heldFor: NewJob['heldFor']
  /** Set when this process has no such transport, or it is known anyhow. */
  readonly needs?: TransportName
  /** The moment that it waits for, milliseconds since the epoch. */
  readonly dueAt?: number
  /** A confirmation push has arrived, and another one goes where nobody confirms. */
  readonly isFollowUp?: boolean
}

/** Everything that a job leaves for later, as few jobs as there are different states. */
export function laterJobs(job: Job, later: readonly Later[]): NewJob[] {
  const groups = Map.groupBy(later, ({ progress, heldFor, needs, dueAt }) =>
    [progress.attempts, progress.unknowns, heldFor !== undefined, needs, dueAt].join(),
  )
  return [...groups.values()].flatMap((group) => {
    const first = group[0]
    if (!first) return []
    const devices = group.flatMap(({ device }) => device ?? [])
    return {
      job: laterJob(job, first, devices),
      delayMs: Math.max(...group.map(({ delayMs }) => delayMs)),
      ...(first.heldFor ? { heldFor: first.heldFor } : {}),
      needs: first.needs,
    }
  })
}

function laterJob(job: Job, { progress, dueAt, isFollowUp }: Later, devices: readonly string[]): Job {
  if (job.kind === 'slice') return { ...job, devices, ...progress, ...(dueAt !== undefined && { dueAt }) }
  if (job.kind === 'confirmation' && isFollowUp) return { ...job, ...progress, attempt: 2, isFollowUp }
  return { ...job, ...progress }
}

/** Waits for the end of a hold, but no longer than the message lives, so that its expiry is recorded in time. */
export function heldBack(task: Task, until: number, now: number): Later {
  const end = task.state.singleTry ? until : Math.min(until, task.state.expiresAt)
  return {
    device: deviceOf(task),
    delayMs: Math.max(1, end - now),
    progress: task.state.progress,
    heldFor: { app: task.app, transport: task.transport },
  }
}

/** This process had the transport when it prepared the send, and has it no more. */
export function forOthers(task: Task): Later {
  return { ...again(task), needs: task.transport }
}

/** As if it had not been tried. */
export function again(task: Task): Later {
  return { device: deviceOf(task), delayMs: 0, progress: task.state.progress, heldFor: undefined }
}

export function deviceOf({ subject }: Task): string | undefined {
  return subject.kind === 'delivery' ? subject.device : undefined
}
