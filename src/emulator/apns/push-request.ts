// Reads a request to /3/device/{token} as a notification, or says for what reason APNs refuses it.
import {
  APNS_DEVICE_PATH,
  APNS_MAX_PAYLOAD_BYTES,
  APNS_MAX_VOIP_PAYLOAD_BYTES,
  type ApnsPushType,
} from '../../protocols/apns.ts'
import type { ServiceRequest } from '../server/service-request.ts'
import type { Rejection } from './apns-answers.ts'
import {
  type HeaderRules,
  isRejection,
  type NotificationHeaders,
  readNotificationHeaders,
} from './notification-headers.ts'

export interface Notification extends NotificationHeaders {
  /** In lower case. */
  readonly token: string
  readonly payload: Readonly<Record<string, unknown>>
}

const TOKEN = /^([0-9a-f]{2}){1,256}$/
/** These are for the app and need no `aps`; all others are for the system, which reads it. */
const WITHOUT_APS: readonly ApnsPushType[] = ['voip', 'complication', 'fileprovider', 'mdm', 'location', 'pushtotalk']

/** The device token as the path has it, in lower case; undefined when there is none. */
export function tokenOf(path: string): string | undefined {
  const token = path.startsWith(APNS_DEVICE_PATH) ? path.slice(APNS_DEVICE_PATH.length).toLowerCase() : ''
  return token === '' ? undefined : token
}

/** What is wrong with where the request goes. */
export function readTarget({ method, path, query }: ServiceRequest): string | Rejection {
  const isDevicePath = path.startsWith(APNS_DEVICE_PATH) || `${path}/` === APNS_DEVICE_PATH
  if (!isDevicePath || query !== undefined) return { reason: 'BadPath', objection: `There is nothing at ${path}.` }
  if (method !== 'POST') return { reason: 'MethodNotAllowed', objection: `The method is ${method}; it must be POST.` }
  const token = tokenOf(path)
  if (token === undefined) return { reason: 'MissingDeviceToken', objection: 'The path has no device token.' }
  return token
}

export function readNotification(request: ServiceRequest, token: string, rules: HeaderRules): Notification | Rejection {
  const headers = readNotificationHeaders(request.headers, rules)
  if (isRejection(headers)) return headers
  if (!TOKEN.test(token))
    return { reason: 'BadDeviceToken', objection: 'The device token is not bytes in hexadecimal.' }
  const payload = readPayload(request, headers.pushType)
  return isRejection(payload) ? payload : { ...headers, token, payload: payload.json }
}

function readPayload(
  { headers, body }: ServiceRequest,
  pushType: ApnsPushType | undefined,
): { readonly json: Notification['payload'] } | Rejection {
  if (headers['content-encoding'] !== undefined) return malformed('The payload has a Content-Encoding.')
  if (body?.length === 0) return { reason: 'PayloadEmpty', objection: 'There is no payload.' }
  const limit = pushType === 'voip' ? APNS_MAX_VOIP_PAYLOAD_BYTES : APNS_MAX_PAYLOAD_BYTES
  if (body === undefined || body.length > limit) {
    return { reason: 'PayloadTooLarge', objection: `The payload has more than ${limit} bytes.` }
  }
  const json = parseJson(body)
  if (!isObject(json)) return malformed('The payload is not a JSON object in UTF-8.')
  const needsAps = pushType === undefined || !WITHOUT_APS.includes(pushType)
  if (needsAps && !isObject(json.aps))
    return malformed(`With the push type ${pushType ?? 'alert'}, the payload needs aps.`)
  return { json }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    // SyntaxError or TypeError, which say that it is not JSON or not UTF-8.
    return undefined
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Apple has no reason for a payload that it cannot read. */
function malformed(objection: string): Rejection {
  return { reason: 'PayloadEmpty', objection, outcome: 'malformed' }
}
