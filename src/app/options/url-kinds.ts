// The kinds of options that are URLs. An error shows them without user, password and query.
import { z } from 'zod'
import { kind, path, showValue } from './option-kinds.ts'

/** Scheme, host and path of a URL; of what is no URL nothing, since it may be a password in the wrong place. */
function showUrl(value: unknown): string {
  if (typeof value !== 'string' || !/[:@]/.test(value)) return showValue(value)
  const url = URL.parse(value)
  if (url === null) return 'text that is no URL'
  return showValue(url.host === '' ? `${url.protocol}…` : `${url.protocol}//${url.host}${url.pathname}`)
}

const POSTGRES_URL = /^postgres(ql)?:\/\/\S+$/

export const postgresUrl = kind({
  allowed: 'a postgres:// URL',
  schema: z.string().regex(POSTGRES_URL),
  show: showUrl,
})

export const folderOrPostgresUrl = kind({
  allowed: 'a folder or a postgres:// URL',
  schema: z.union([path.schema, postgresUrl.schema]),
  show: showUrl,
})

export function isPostgresUrl(database: string): boolean {
  return POSTGRES_URL.test(database)
}

export const smtpUrl = kind({
  allowed: 'an smtp:// or smtps:// URL with a host',
  schema: z.string().refine((value) => isUrl(value, isSmtpUrl)),
  show: showUrl,
})

function isSmtpUrl(url: URL): boolean {
  return /^smtps?:$/.test(url.protocol) && url.hostname !== '' && isDecodable(url.username + url.password)
}

function isDecodable(text: string): boolean {
  return /^([^%]|%[0-9a-f]{2})*$/i.test(text)
}

/** Credentials go to these: only TLS, or a connection that does not leave the machine. */
export const serviceUrl = kind({
  allowed: 'an https:// URL (http:// only to this machine), without user and password',
  schema: z.string().refine((value) => isUrl(value, isServiceUrl)),
  show: showUrl,
})

function isServiceUrl(url: URL): boolean {
  if (url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
}

function isUrl(value: string, accept: (url: URL) => boolean): boolean {
  const url = URL.parse(value)
  return url !== null && accept(url)
}
