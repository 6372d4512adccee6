// Reads a service request's form as strictly as a test wants it: whatever a correct client does not send is an objection.
import { MAX_BODY_BYTES, type ServiceRequest } from './service-request.ts'

export type Form = ReadonlyMap<string, string>

export interface Objection {
  readonly status: 400 | 405 | 413
  readonly objection: string
}

const FORM_TYPE = /^application\/x-www-form-urlencoded(\s*;\s*charset="?utf-8"?)?\s*$/i
// Clients escape what they find unsafe, and curl -d nothing: any visible ASCII may stand for itself.
const NOT_VISIBLE_ASCII = /[^\x21-\x7e]/

export function readForm(request: ServiceRequest): Form | Objection {
  const { method, query, headers, body } = request
  if (method !== 'POST') return { status: 405, objection: `The method is ${method}; it must be POST.` }
  if (query !== undefined) return wrong('The URL has a query; the fields belong in the body.')
  const type = headers['content-type']
  if (type === undefined || !FORM_TYPE.test(type)) {
    const found = type === undefined ? 'missing' : `"${type}"`
    return wrong(`Content-Type is ${found}; it must be application/x-www-form-urlencoded, in UTF-8.`)
  }
  if (headers['content-encoding'] !== undefined) return wrong('The body has a Content-Encoding; none is known here.')
  if (body === undefined) {
    return { status: 413, objection: `The body is longer than ${MAX_BODY_BYTES} bytes.` }
  }
  return parseForm(body.toString('latin1'))
}

export function isObjection(form: Form | Objection): form is Objection {
  return 'objection' in form
}

function parseForm(body: string): Form | Objection {
  const form = new Map<string, string>()
  if (body === '') return form
  if (NOT_VISIBLE_ASCII.test(body)) {
    return wrong('The body has a blank, control or non-ASCII byte that is not percent-encoded.')
  }
  for (const pair of body.split('&')) {
    const at = pair.indexOf('=')
    if (at < 1) return wrong('The body is not form encoding: a field has no name, or no "=".')
    const name = decode(pair.slice(0, at))
    const value = decode(pair.slice(at + 1))
    if (name === undefined || value === undefined) {
      return wrong('The body has a "%" that is not followed by two hex digits, or bytes that are not UTF-8.')
    }
    if (form.has(name)) return wrong(`The field ${name} is there more than once.`)
    form.set(name, value)
  }
  return form
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    // URIError is how it says that the escapes are broken or the bytes are not UTF-8.
    return undefined
  }
}

function wrong(objection: string): Objection {
  return { status: 400, objection }
}
