// What an HTTP/2 exchange that failed is said to have failed by.
import { TransportError } from '../model/push-error.ts'

export function unreachable(host: string, what: string, cause?: unknown): TransportError {
  return new TransportError('PUSH_TRANSPORT_UNREACHABLE', { detail: `${host} ${what}.`, cause })
}

/** By code, from 0: RFC 9113 §7. */
const RESET_NAMES = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
]

export function resetName(code = -1): string {
  return RESET_NAMES[code] ?? 'closed'
}
