// The kinds of values that options have: what is allowed, how it is written in the environment, and how a value
// may be shown in an error.
import { isIP } from 'node:net'
import { z } from 'zod'
import { isPlainObject } from './plain-object.ts'
import { LOG_LEVELS, type LogLevel } from './sendword-options.ts'

export interface OptionKind<T> {
  /** Completes "it must be …". */
  readonly allowed: string
  readonly schema: z.ZodType<T>
  /** Reads the value from an environment variable. What cannot be read stays text, which the schema then refuses. */
  fromText(text: string): unknown
  /** The value as an error may show it: never a password. */
  show(value: unknown): string
}

type KindInput<T> = Pick<OptionKind<T>, 'allowed' | 'schema'> & Partial<OptionKind<T>>

export function kind<T>(input: KindInput<T>): OptionKind<T> {
  return { fromText: (text) => text, show: showValue, ...input }
}

const MAX_SHOWN = 80
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
const CONTROL = /[\u0000-\u001f\u007f]/

function showValue(value: unknown): string {
  if (typeof value === 'string') return value.includes('://') ? showUrl(value) : quote(value)
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  return ['function', 'symbol', 'bigint'].includes(typeof value) ? `a ${typeof value}` : String(value)
}

function quote(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text)
}

function showPart(value: unknown): string {
  return typeof value === 'string' ? value : showValue(value)
}

/** Scheme, host and path of a URL; of what is no URL nothing, since it may be a password in the wrong place. */
export function showUrl(value: unknown): string {
  if (typeof value !== 'string') return showValue(value)
  if (!/[:@]/.test(value)) return quote(value)
  const url = URL.parse(value)
  if (url === null) return 'text that is no URL'
  return quote(url.host === '' ? `${url.protocol}…` : `${url.protocol}//${url.host}${url.pathname}`)
}

export function text({ min = 1, max = 1024 }: { readonly min?: number; readonly max?: number } = {}) {
  const length = min > 1 ? `of at least ${min} characters` : `of 1 to ${max} characters`
  return kind({
    allowed: `text ${length}, without control characters`,
    schema: z
      .string()
      .min(min)
      .max(max)
      .refine((value) => value.isWellFormed() && !CONTROL.test(value)),
  })
}

/** Text that can stand in a header. */
export function visibleAscii(max: number) {
  return kind({
    allowed: `1 to ${max} visible ASCII characters`,
    schema: z
      .string()
      .max(max)
      .regex(/^[!-~]+$/),
  })
}

/** A set of public keys; there is nothing secret in it. */
export const keySet = kind({
  allowed: 'a JSON Web Key Set, or the path of a file with one',
  schema: z.string().min(1).max(65_536),
})

/** As browsers send them in the header Origin: scheme, host and port, without a path. */
export const origins = listOf(
  'a list of origins, such as https://app.example.com, or *',
  z.string().refine((value) => value === '*' || URL.parse(value)?.origin === value),
)

/** Whether it holds a key is seen when it is read. */
export const serviceAccount = kind<string | Readonly<Record<string, unknown>>>({
  allowed: 'a service account’s key in JSON, or the path of a file with one',
  schema: z.union([z.string().min(1).max(65_536), z.record(z.string(), z.unknown())]),
})

/** As NO_PROXY lists them: names, addresses, `.example.com`, or `*` for all. What else stands there fits no host. */
export const hostPatterns = listOf('a list of host names, such as .example.com, or *', z.string().regex(/^\S+$/))

/** Text of several lines, or the path of a file. */
export const pem = kind({
  allowed: 'certificates in PEM form, or the path of a file with them',
  schema: z.string().min(1),
})

/** Whether it holds a key is seen when it is read. */
export const privateKey = kind({
  allowed: 'a private key in PEM form, or the path of a file with one',
  schema: z.string().min(1).max(65_536),
})

export const path = kind({
  allowed: 'the path of a folder',
  schema: z
    .string()
    .min(1)
    .refine((value) => !CONTROL.test(value) && !value.includes('://')),
})

function readNumber(written: string): unknown {
  return /^\s*-?\d+(\.\d+)?\s*$/.test(written) ? Number(written) : written
}

export function wholeNumber(min: number, max: number) {
  return kind({
    allowed: `a whole number from ${min} to ${max}`,
    schema: z.int().min(min).max(max),
    fromText: readNumber,
  })
}

export function number(min: number, max: number) {
  return kind({ allowed: `a number from ${min} to ${max}`, schema: z.number().min(min).max(max), fromText: readNumber })
}

function readFlag(written: string): unknown {
  if (/^\s*(true|yes|on|1)\s*$/i.test(written)) return true
  return /^\s*(false|no|off|0)\s*$/i.test(written) ? false : written
}

export const flag = kind({ allowed: 'true or false', schema: z.boolean(), fromText: readFlag })

export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return kind<Values[number]>({
    allowed: values.length === 1 ? values[0] : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`,
    schema: z.enum(values),
    fromText: (written) => written.trim(),
  })
}

function readList(written: string): string[] {
  return written
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

export function listOf(allowed: string, item: z.ZodType<string>) {
  return kind<readonly string[]>({
    allowed,
    schema: z.array(item),
    fromText: readList,
    // The items say what is wrong; there is nothing secret in a list.
    show: (value) => (Array.isArray(value) ? showValue(value.map(showPart).join(', ')) : showValue(value)),
  })
}

export const addressRanges = listOf(
  'a list of IP addresses and CIDR ranges, such as 10.0.0.0/8',
  z.string().refine((value) => (isIP(value) !== 0 && !value.includes('%')) || isRange(value)),
)

function isRange(value: string): boolean {
  return z.union([z.cidrv4(), z.cidrv6()]).safeParse(value).success
}

/** Hosts without a dot are fine: root@localhost is a good address on a server. */
export const mailAddresses = listOf('a list of mail addresses', z.string().regex(/^[^\s@<>,;]+@[^\s@<>,;]+$/))

export const logLevels = kind<Readonly<Record<string, LogLevel>>>({
  allowed: `a level (${LOG_LEVELS.join(', ')}) by dotted logger name`,
  schema: z.record(z.string().regex(/^[\w-]+(\.[\w-]+)*$/), z.enum(LOG_LEVELS)),
  fromText: readLevels,
  show: (value) => (isPlainObject(value) ? showValue(writeLevels(value)) : showValue(value)),
})

/** `sendword.c2dm=debug,sendword.http=warn` */
function readLevels(written: string): unknown {
  const parts = readList(written).map((part) => part.split('=').map((side) => side.trim()))
  return parts.every((sides) => sides.length === 2) ? Object.fromEntries(parts) : written
}

function writeLevels(levels: Readonly<Record<string, unknown>>): string {
  return Object.entries(levels)
    .map(([name, level]) => `${name}=${showPart(level)}`)
    .join(',')
}

/** Each part is held to its bounds where it is resolved, so that an error names it. It holds secrets and is never shown. */
export const webhookList = kind<ReadonlyArray<Readonly<Record<string, unknown>>>>({
  allowed: 'a list of webhooks, each with url and secret',
  schema: z.array(z.record(z.string(), z.unknown())).max(20),
  fromText: readJson,
  show: (value) => (typeof value === 'string' ? 'text that is no list in JSON' : showValue(value)),
})

function readJson(written: string): unknown {
  try {
    return JSON.parse(written)
  } catch {
    return written
  }
}
