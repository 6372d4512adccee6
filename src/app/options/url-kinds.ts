// The kinds of options that are URLs. An error shows them without user, password and query.
import { z } from 'zod'
import { kind, path, showUrl } from './option-kinds.ts'

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

/** A push service; over plain HTTP the transport warns, unless it stays on this machine. */
export const serviceUrl = kind({
  allowed: 'an https:// URL (http:// for an emulator), without user and password',
  schema: z.string().refine(isServiceUrl),
  show: showUrl,
})

/** http or https, without user and password. */
export function isServiceUrl(value: string): boolean {
  return isUrl(value, (url) => /^https?:$/.test(url.protocol) && url.username === '' && url.password === '')
}

export const proxyUrl = kind({
  allowed: 'an http:// or https:// URL with a host',
  schema: z.string().refine((value) => isUrl(value, isProxyUrl)),
  // The customary variables may hold a bare host and port.
  fromText: (written) => (written.includes('://') ? written : `http://${written}`),
  show: showUrl,
})

function isProxyUrl(url: URL): boolean {
  return /^https?:$/.test(url.protocol) && url.hostname !== '' && isDecodable(url.username + url.password)
}

function isUrl(value: string, accept: (url: URL) => boolean): boolean {
  const url = URL.parse(value)
  return url !== null && accept(url)
}
