// Queries, read strictly: parameters that are repeated, array-like or badly encoded are refused with their name.
import { InputError } from '../model/push-error.ts'
import { decodePercent } from './percent-decoding.ts'

/** Bytes of a query as it arrives; more is refused before it is read. */
const MAX_QUERY_BYTES = 4096

/** The values of each parameter, in their order. */
export type Query = ReadonlyMap<string, readonly string[]>

/** A request's target in its parts, which are not decoded. */
export interface Target {
  readonly path: string
  /** Without its question mark; empty when there is none. */
  readonly query: string
}

/** Reads the target of a request line, which may be a whole URL (RFC 9112 §3.2.2). */
export function splitTarget(target: string): Target {
  const relative = target.replace(/^https?:\/\/[^/?]*/i, '')
  const mark = relative.indexOf('?')
  return mark === -1
    ? { path: relative, query: '' }
    : { path: relative.slice(0, mark), query: relative.slice(mark + 1) }
}

/** Throws PUSH_REQUEST_INVALID. */
export function readQuery(query: string): Query {
  if (query.length > MAX_QUERY_BYTES) throw invalid(`The query is longer than ${MAX_QUERY_BYTES} bytes.`)
  const parameters = new Map<string, string[]>()
  for (const pair of query.split('&')) {
    if (pair === '') continue
    const mark = pair.indexOf('=')
    const name = decode(mark === -1 ? pair : pair.slice(0, mark))
    const value = decode(mark === -1 ? '' : pair.slice(mark + 1))
    const values = parameters.get(name)
    if (values) values.push(value)
    else parameters.set(name, [value])
  }
  return parameters
}

function decode(part: string): string {
  const text = decodePercent(part.replaceAll('+', ' '))
  if (text === undefined) throw invalid('The query is not percent-encoded UTF-8.')
  return text
}

/** The value of a parameter that may be given once; undefined when it is not given. Throws PUSH_REQUEST_INVALID. */
export function singleValue(query: Query, name: string): string | undefined {
  for (const given of query.keys()) {
    if (given.startsWith(`${name}[`)) throw invalid(`${name} is given as an array; it must be one value.`)
  }
  const [value, ...more] = query.get(name) ?? []
  if (more.length > 0) throw invalid(`${name} is given ${more.length + 1} times; it must be given once.`)
  return value
}

function invalid(detail: string): InputError {
  return new InputError('PUSH_REQUEST_INVALID', { detail })
}
