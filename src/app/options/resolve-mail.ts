// Where logged errors are mailed to, and through which server.
import type { CheckedOptions } from './check-options.ts'

export interface ResolvedSmtp {
  readonly host: string
  readonly port: number
  /** TLS from the first byte; otherwise STARTTLS where offered. */
  readonly secure: boolean
  readonly auth: { readonly user: string; readonly pass: string } | undefined
}

export interface ResolvedMail {
  readonly admins: readonly string[]
  readonly from: string
  readonly smtp: ResolvedSmtp
  readonly perHour: number
}

const SUBMISSION_PORT = 587
const TLS_PORT = 465

/** Adds to the problems of `checked`. A mail server without admins is no fault: nothing is mailed then. */
export function resolveMail(checked: CheckedOptions): ResolvedMail | undefined {
  const admins = checked.read('mail.admins')
  if (admins.length === 0 || checked.isRefused('mail.smtp')) return undefined
  const smtp = resolveSmtp(checked)
  if (typeof smtp === 'string') {
    checked.problems.push(smtp)
    return undefined
  }
  return { admins, from: checked.read('mail.from'), smtp, perHour: checked.read('mail.perHour') }
}

/** The server, or what is wrong. */
function resolveSmtp(checked: CheckedOptions): ResolvedSmtp | string {
  const url = checked.read('mail.smtp.url')
  const host = checked.read('mail.smtp.host')
  if (url !== undefined && host !== undefined) {
    return `${checked.label('mail.smtp.url')} and ${checked.label('mail.smtp.host')} are both given; give one of them.`
  }
  if (url !== undefined) return fromUrl(new URL(url))
  if (host === undefined) {
    return `${checked.label('mail.admins')} is given, but no mail server; give mail.smtp.url (SMTP_URL) or mail.smtp.host (SMTP_HOST).`
  }
  const port = checked.read('mail.smtp.port')
  const secure = checked.read('mail.smtp.secure') ?? port === TLS_PORT
  const user = checked.read('mail.smtp.user')
  const password = checked.read('mail.smtp.password')
  if ((user === undefined) !== (password === undefined)) {
    return 'mail.smtp.user (SMTP_USER) and mail.smtp.password (SMTP_PASSWORD) must be given together.'
  }
  const auth = user === undefined || password === undefined ? undefined : { user, pass: password }
  return { host, port: port ?? (secure ? TLS_PORT : SUBMISSION_PORT), secure, auth }
}

function fromUrl(url: URL): ResolvedSmtp {
  const secure = url.protocol === 'smtps:' || url.port === String(TLS_PORT)
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? TLS_PORT : SUBMISSION_PORT) : Number(url.port),
    secure,
    auth:
      url.username === ''
        ? undefined
        : { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) },
  }
}
