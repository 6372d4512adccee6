// Reads what a push brought.
import type { PushMessage, PushNotification } from '../shared/push-message.ts'

export interface Payload extends PushMessage {
  /** The secret of a registration. */
  readonly confirmationToken?: string
  /** The message asks to be told what became of it. */
  readonly receipt?: string
  /** The number on the application’s icon; 0 takes it away. */
  readonly app_badge?: number
}

/** Undefined: it is none of Sendword’s. */
export function readPayload(text: string | undefined): Payload | undefined {
  const { data, notification, ...others } = parse(text)
  if (!data && !notification && !('confirmationToken' in others)) return undefined
  const shown = isObject(notification) ? { notification: notification as PushNotification } : {}
  return { ...others, ...shown, data: isObject(data) ? (data as Record<string, string>) : {} }
}

function parse(text = ''): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
