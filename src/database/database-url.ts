// A postgres:// URL: whether `database` is one, whether it can be used, which servers it names, and how it is shown to
// people. Several servers are written as libpq has it (PostgreSQL, chapter 32.1.1: Connection Strings).
import pg from 'pg'
import { ConfigError } from '../model/push-error.ts'

const SCHEME = /^postgres(ql)?:\/\//i
const PARTS = /^(postgres(?:ql)?:\/\/)([^/?#]*)(.*)$/is

/** The parameters that say where a database is; all others may be credentials. */
const SHOWN_PARAMETERS = ['host', 'port', 'sslmode', 'target_session_attrs']

/** What libpq's target_session_attrs may say of a database that is written to: whether standbys are refused. */
const REFUSES_STANDBYS = new Map([
  ['any', false],
  ['read-write', true],
  ['primary', true],
])

export interface DatabaseServer {
  /** For people: host and port. */
  readonly name: string
  /** A URL of this server alone. */
  readonly url: string
}

export interface DatabaseServers {
  /** In the order of the URL; at least one. */
  readonly servers: readonly DatabaseServer[]
  /** Whether one that takes no writes must not be used. */
  readonly mustWrite: boolean
}

export function isDatabaseUrl(database: string): boolean {
  return SCHEME.test(database)
}

/** Throws PUSH_DATABASE_URL when `url` cannot be understood. `name` says which option it came from. */
export function serversOf(url: string, name: string): DatabaseServers {
  // The reason is left out on purpose: the parsers quote the URL, and with it the password.
  const malformed = (hint: string) =>
    new ConfigError('PUSH_DATABASE_URL', { detail: `${name} is not a valid postgres:// URL: ${hint}.` })
  if (!isDatabaseUrl(url)) throw malformed('it must begin with postgres:// or postgresql://')
  let servers: DatabaseServer[]
  try {
    servers = splitByHost(url).flatMap(splitByParameter)
    for (const server of servers) checkUrl(server.url)
  } catch {
    throw malformed('special characters in the user or the password must be percent-encoded')
  }
  const { pathname, searchParams } = new URL(servers[0]?.url ?? '')
  if (pathname.slice(1) === '' && !searchParams.has('dbname')) throw malformed('it names no database after the host')
  if (!hasPortsForHosts(url)) throw malformed('it must name one port, or as many as hosts')
  const wanted = searchParams.get('target_session_attrs') ?? (servers.length > 1 ? 'read-write' : 'any')
  const mustWrite = REFUSES_STANDBYS.get(wanted)
  if (mustWrite === undefined) throw malformed('target_session_attrs must be read-write, primary or any')
  return { servers, mustWrite }
}

/** The URL without its password and without anything else that may be secret. */
export function shownDatabaseUrl(url: string): string {
  const singles = splitByHost(url).map((single) => new URL(single))
  const [parsed = new URL(url)] = singles
  const shown = new URLSearchParams()
  for (const name of SHOWN_PARAMETERS) {
    const value = parsed.searchParams.get(name)
    if (value !== null) shown.set(name, value)
  }
  const user = parsed.username === '' ? '' : `${parsed.username}@`
  const hosts = singles.map(({ host }) => host).join(',')
  const query = shown.size === 0 ? '' : `?${shown.toString().replaceAll('%2F', '/').replaceAll('%2C', ',')}`
  return `${parsed.protocol}//${user}${hosts}${parsed.pathname}${query}`
}

/** `postgres://user@a:1,b:2/db` has no URL's form; it is one for each of its hosts. */
function splitByHost(url: string): string[] {
  const [, scheme = '', authority = '', rest = ''] = PARTS.exec(url) ?? []
  const at = authority.lastIndexOf('@') + 1
  const hosts = authority.slice(at).split(',')
  if (hosts.length === 1) return [url]
  if (hosts.includes('')) throw new Error('an empty host')
  return hosts.map((host) => `${scheme}${authority.slice(0, at)}${host}${rest}`)
}

/** `postgres://user@/db?host=a,b&port=1,2`, where hosts may be folders of sockets. */
function splitByParameter(url: string): DatabaseServer[] {
  const { hosts, ports } = parametersOf(url)
  if (hosts.length <= 1) return [{ name: nameOf(url), url }]
  return hosts.map((host, index) => {
    const single = new URL(url)
    single.searchParams.set('host', host)
    const port = ports[index] ?? ports[0]
    if (port !== undefined) single.searchParams.set('port', port)
    return { name: nameOf(single.href), url: single.href }
  })
}

function parametersOf(url: string): { readonly hosts: readonly string[]; readonly ports: readonly string[] } {
  const { searchParams } = new URL(url)
  const list = (name: string) => searchParams.get(name)?.split(',') ?? []
  return { hosts: list('host'), ports: list('port') }
}

function hasPortsForHosts(url: string): boolean {
  const { hosts, ports } = parametersOf(splitByHost(url)[0] ?? '')
  return ports.length <= 1 || ports.length === hosts.length
}

function nameOf(url: string): string {
  const { host, searchParams } = new URL(url)
  const [named, port] = [searchParams.get('host'), searchParams.get('port')]
  if (named === null) return host === '' ? 'localhost' : host
  return port === null ? named : `${named}:${port}`
}

function checkUrl(url: string): void {
  const { username, password, hostname, pathname } = new URL(url)
  decodeURIComponent(username + password + hostname + pathname)
  new pg.Client({ connectionString: url })
}
