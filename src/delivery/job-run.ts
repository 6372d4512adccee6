// One claimed job on its way: counts its open sends, gathers what goes later, and ends the job in the same commit that
// writes its last results.
import type { ClaimedJob } from '../queue/job.ts'
import type { KeepAlive } from './keep-alive.ts'
import { type Later, laterJobs } from './later.ts'
import type { Recorder } from './recorder.ts'

export interface JobRun {
  /** A send is done with; `later` when it must go again. */
  done(later?: Later): void
  /** This process leaves a send undone, so the job is not finished here: whoever claims it next goes on with it. */
  abandon(): void
}

export interface JobRunInput {
  readonly claim: ClaimedJob
  readonly sends: number
  readonly recorder: Recorder
  readonly keepAlive: KeepAlive
  /** A send is done with, or left undone. */
  readonly onSent: () => void
}

export function createJobRun({ claim, sends, recorder, keepAlive, onSent }: JobRunInput): JobRun {
  const later: Later[] = []
  let open = sends
  let abandoned = false

  const close = () => {
    open--
    if (open === 0) {
      keepAlive.ending(claim)
      if (abandoned) recorder.add({ released: claim })
      else recorder.add({ finished: { claim, later: laterJobs(claim.job, later) } })
    }
    onSent()
  }

  return {
    done(entry) {
      if (entry) later.push(entry)
      close()
    },
    abandon() {
      abandoned = true
      close()
    },
  }
}
