// Reads the request around an FCM message: method, content type, JSON and its types. What is wrong here is nothing that
// a correct client sends, whatever its message, and counts as malformed.
import type { Judgement, Reply } from '../server/answer.ts'
import { MAX_BODY_BYTES, type ServiceRequest } from '../server/service-request.ts'
import { type FieldViolation, fcmError, fcmErrorOf, jsonError } from './fcm-errors.ts'
import { SEND_REQUEST } from './message-type.ts'
import { isObject, type JsonObject, readMessage } from './proto-json.ts'

export interface SendRequest {
  readonly validateOnly: boolean
  /** Its fields have the right types and lowerCamelCase names. */
  readonly message: JsonObject
}

type Unreadable = Judgement & { readonly answer: Reply }

const SEND_TARGET = /^\/v1\/projects\/[^/]+\/messages:send$/
const JSON_TYPE = /^application\/json(\s*;\s*charset="?utf-8"?)?\s*$/i

export function isUnreadable(read: SendRequest | Unreadable): read is Unreadable {
  return 'answer' in read
}

/** The answer where this project's messages are not sent. */
export function notHere(path: string): Unreadable {
  if (SEND_TARGET.test(path)) {
    return { answer: fcmErrorOf('NOT_FOUND'), outcome: 'NOT_FOUND', objection: `There is no such project: ${path}.` }
  }
  const body =
    '<!DOCTYPE html><title>Error 404 (Not Found)!!1</title><p>The requested URL was not found on this server.'
  const answer = { kind: 'reply', status: 404, contentType: 'text/html; charset=UTF-8', body } as const
  return { answer, outcome: 'malformed', objection: `There is nothing at ${path}.` }
}

export function readSendRequest({ method, query, headers, body }: ServiceRequest): SendRequest | Unreadable {
  if (method !== 'POST') return unreadable(`The method is ${method}; it must be POST.`)
  // Google's $fields, alt and their kin change the answer, which nobody here can read then.
  if (query !== undefined) return unreadable('The URL has a query; there is none.')
  const type = headers['content-type']
  if (type === undefined || !JSON_TYPE.test(type)) {
    return unreadable(`Content-Type is ${type === undefined ? 'missing' : `"${type}"`}; it must be application/json.`)
  }
  if (headers['content-encoding'] !== undefined)
    return unreadable('The body has a Content-Encoding; none is known here.')
  if (body === undefined) return unreadable(`Request payload size exceeds the limit: ${MAX_BODY_BYTES} bytes.`)
  const json = parseJson(body)
  if (json === undefined) return unreadable('Invalid JSON payload received. It is not JSON in UTF-8.')
  return readJson(json)
}

function readJson(json: unknown): SendRequest | Unreadable {
  const violations: FieldViolation[] = []
  const request = readMessage(SEND_REQUEST, json, '', violations)
  const { validateOnly, message } = request
  if (violations.length === 0 && !isObject(message)) {
    violations.push({ field: 'message', description: 'The message is missing.' })
  }
  const [violation] = violations
  if (violation || !isObject(message)) {
    return { answer: jsonError(violations), outcome: 'malformed', objection: violation?.description }
  }
  return { validateOnly: validateOnly === true, message }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    // SyntaxError or TypeError, which say that it is not JSON or not UTF-8.
    return undefined
  }
}

function unreadable(objection: string): Unreadable {
  const answer = fcmError(400, { message: objection, status: 'INVALID_ARGUMENT' })
  return { answer, outcome: 'malformed', objection }
}
