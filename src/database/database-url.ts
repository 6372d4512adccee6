// A postgres:// URL: whether `database` is one, whether it can be used, and how it is shown to people.
import pg from 'pg'
import { ConfigError } from '../model/push-error.ts'

const SCHEME = /^postgres(ql)?:\/\//i

/** The parameters that say where a database is; all others may be credentials. */
const SHOWN_PARAMETERS = ['host', 'port', 'sslmode']

export function isDatabaseUrl(database: string): boolean {
  return SCHEME.test(database)
}

/** Throws PUSH_DATABASE_URL when `url` cannot be understood. `name` says which option it came from. */
export function checkDatabaseUrl(url: string, name: string): void {
  // The reason is left out on purpose: the parsers quote the URL, and with it the password.
  const malformed = (hint: string) =>
    new ConfigError('PUSH_DATABASE_URL', { detail: `${name} is not a valid postgres:// URL: ${hint}.` })
  if (!isDatabaseUrl(url)) throw malformed('it must begin with postgres:// or postgresql://')
  let parsed: URL
  try {
    parsed = new URL(url)
    decodeURIComponent(parsed.username + parsed.password + parsed.hostname + parsed.pathname)
    new pg.Client({ connectionString: url })
  } catch {
    throw malformed('special characters in the user or the password must be percent-encoded')
  }
  if (parsed.pathname.slice(1) === '' && !parsed.searchParams.has('dbname')) {
    throw malformed('it names no database after the host')
  }
}

/** The URL without its password and without anything else that may be secret. */
export function shownDatabaseUrl(url: string): string {
  const parsed = new URL(url)
  const shown = new URLSearchParams()
  for (const name of SHOWN_PARAMETERS) {
    const value = parsed.searchParams.get(name)
    if (value !== null) shown.set(name, value)
  }
  const user = parsed.username === '' ? '' : `${parsed.username}@`
  const query = shown.size === 0 ? '' : `?${shown.toString().replaceAll('%2F', '/')}`
  return `${parsed.protocol}//${user}${parsed.host}${parsed.pathname}${query}`
}
