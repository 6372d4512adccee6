// The push that carries a registration's secret: first one that nobody sees, then one that arrives in any case.
import type { MessageContent } from '../../model/message.ts'

/**
 * A background push reaches a running application; iOS may hold it back, and does for one that was swiped away. An alert
 * is shown, and wakes the application's notification service extension, which reads the secret as well.
 */
export function confirmationContent(confirmationToken: string, attempt: number, text: string): MessageContent {
  const data = { confirmationToken }
  if (attempt <= 1) return { data }
  return {
    data,
    notification: { body: text },
    urgency: 'high',
    overrides: { apns: { payload: { aps: { 'content-available': 1, 'mutable-content': 1 } } } },
  }
}
