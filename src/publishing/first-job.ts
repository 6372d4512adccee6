// The job that begins a message to one device.
import type { NewJob } from '../queue/job.ts'

export interface SingleMessage {
  readonly id: string
  readonly app: string
  /** Its row id. */
  readonly device: string
  readonly releasedOn: string
  readonly hasQuietHours: boolean
}

export function firstJob({ id, app, device, releasedOn, hasQuietHours }: SingleMessage): NewJob {
  const job = { app, messageId: id, releasedOn, devices: [device], attempts: 0, unknowns: 0 }
  return { job: { kind: 'slice', ...job, ...(hasQuietHours && { hasQuietHours }) } }
}
