// The Retry-After header of HTTP (RFC 9110 §10.2.3), in both forms: seconds, or a date.

/** A service that asks for more is asked again after a day. */
const MAX_RETRY_AFTER_MS = 86_400_000

/** IMF-fixdate, and the two obsolete forms that RFC 9110 §5.6.7 tells recipients to accept. */
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /

/** Milliseconds to wait from `now`; undefined when there is no header, or none that can be understood. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? ''
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, MAX_RETRY_AFTER_MS)
  if (!HTTP_DATE.test(text)) return undefined
  const date = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`)
  return Number.isNaN(date) ? undefined : Math.min(Math.max(0, date - now), MAX_RETRY_AFTER_MS)
}
