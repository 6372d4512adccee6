// Mails the errors that are logged to the admins: equal ones grouped, a bounded number of mails an hour, and never
// a failure for whoever logged.
import { hostname } from 'node:os'
import { createTransport } from 'nodemailer'
import type { Clock } from '../../util/clock.ts'
import type { Logger } from '../../util/logger.ts'
import type { ResolvedSmtp } from '../options/resolve-mail.ts'
import type { ErrorRecord } from './create-logger.ts'
import { ErrorDigest, writeMail } from './error-digest.ts'

export interface ErrorMailerInput {
  readonly admins: readonly string[]
  readonly from: string
  readonly smtp: ResolvedSmtp
  readonly perHour: number
  readonly clock: Clock
  /** Told, as a warning, when mail fails: an error would be mailed. */
  readonly logger: Logger
  /** The name of this machine in the mail. Default: its hostname. */
  readonly host?: string
}

export interface ErrorMailer {
  /** Never throws; returns at once. */
  notify(record: ErrorRecord): void
  /** Mails what waits now, as far as the hourly limit allows; resolves when the mail server has it or has failed. */
  flush(): Promise<void>
  /** A last flush, then nothing more. */
  close(): Promise<void>
}

const GROUPING_MS = 10_000
const RETRY_MS = 300_000
const HOUR_MS = 3_600_000
/** Closing waits for a mail server that does not answer; a process that stops has less patience than mail has. */
const SMTP_TIMEOUTS = { connectionTimeout: 5000, greetingTimeout: 5000, dnsTimeout: 5000, socketTimeout: 10_000 }

export function createErrorMailer(input: ErrorMailerInput): ErrorMailer {
  return new SmtpErrorMailer(input)
}

class SmtpErrorMailer implements ErrorMailer {
  readonly #input: ErrorMailerInput
  readonly #transport
  readonly #digest = new ErrorDigest()
  readonly #closing = new AbortController()
  /** When the mails of the last hour were sent. */
  #sentAt: number[] = []
  #isScheduled = false
  #isFailing = false
  #wasHeldBack = false
  #sending: Promise<void> = Promise.resolve()

  constructor(input: ErrorMailerInput) {
    const { host, port, secure, auth } = input.smtp
    this.#input = input
    this.#transport = createTransport({
      host,
      port,
      secure,
      ...(auth === undefined ? {} : { auth }),
      // A mail server on this machine has a certificate of its own making, and nobody is in between.
      tls: { rejectUnauthorized: !isLoopback(host) },
      ...SMTP_TIMEOUTS,
      disableFileAccess: true,
      disableUrlAccess: true,
    })
  }

  notify(record: ErrorRecord): void {
    if (this.#closing.signal.aborted) return
    this.#digest.add(record)
    this.#schedule()
  }

  flush(): Promise<void> {
    this.#sending = this.#sending.then(() => this.#send())
    return this.#sending
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.flush()
    if (!this.#digest.isEmpty) this.#input.logger.warn('Errors were not mailed.', { count: this.#digest.count })
    this.#transport.close()
  }

  #schedule(): void {
    if (this.#isScheduled || this.#digest.isEmpty) return
    this.#isScheduled = true
    const limit = this.#msUntilAllowed()
    this.#wasHeldBack ||= limit > 0
    const wait = Math.max(limit, this.#isFailing ? RETRY_MS : GROUPING_MS)
    this.#input.clock.sleep(wait, this.#closing.signal).then(
      async () => {
        await this.flush()
        this.#isScheduled = false
        this.#schedule()
      },
      // Closed meanwhile: close() mails what waits.
      () => {},
    )
  }

  #msUntilAllowed(): number {
    const now = this.#input.clock.now()
    this.#sentAt = this.#sentAt.filter((time) => time > now - HOUR_MS)
    const [oldest] = this.#sentAt
    return oldest === undefined || this.#sentAt.length < this.#input.perHour ? 0 : oldest + HOUR_MS - now
  }

  async #send(): Promise<void> {
    if (this.#digest.isEmpty || this.#msUntilAllowed() > 0) return
    const { admins, from, clock, logger, perHour, host = hostname() } = this.#input
    const groups = this.#digest.take()
    const note = this.#wasHeldBack
      ? `More than ${perHour} mails an hour are not sent; this one had to wait.`
      : undefined
    this.#sentAt.push(clock.now())
    try {
      const { subject, text } = writeMail({ groups, host, note })
      const headers = { 'Auto-Submitted': 'auto-generated' }
      await this.#transport.sendMail({ from, to: [...admins], subject, text, headers })
      this.#isFailing = false
      this.#wasHeldBack = false
    } catch (error) {
      this.#digest.putBack(groups)
      if (!this.#isFailing) logger.warn('Errors cannot be mailed; this is said once until it works again.', { error })
      this.#isFailing = true
    }
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host)
}
