// A process's logging as its options ask for it: the logger, and the mailer of errors behind it.
import type { Clock } from '../../util/clock.ts'
import type { Logger } from '../../util/logger.ts'
import type { ResolvedMail } from '../options/resolve-mail.ts'
import type { ResolvedLog } from '../options/resolve-options.ts'
import { createLogger, type LogDestination } from './create-logger.ts'
import { createErrorMailer, type ErrorMailer } from './mail-errors.ts'

export interface LoggingInput {
  readonly log: ResolvedLog
  readonly mail: ResolvedMail | undefined
  readonly clock: Clock
  /** Default: standard error. */
  readonly destination?: LogDestination
}

export interface Logging {
  readonly logger: Logger
  /** Mails the errors that wait; the logger still writes after it. */
  close(): Promise<void>
}

export function createLogging({ log, mail, clock, destination }: LoggingInput): Logging {
  let mailer: ErrorMailer | undefined
  const logger = createLogger({
    ...log,
    clock,
    ...(destination === undefined ? {} : { destination }),
    onError: (record) => mailer?.notify(record),
  })
  if (mail !== undefined) mailer = createErrorMailer({ ...mail, clock, logger: logger.child('mail') })
  return { logger, close: async () => mailer?.close() }
}
