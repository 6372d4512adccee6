// What a message says, to be kept out of logs. Pure.
import type { MessageContent } from '../../model/message.ts'

/** Every text that somebody wrote into it, but for names of Android's and of the application's own. */
export function textsOf({ data, notification, overrides }: MessageContent): string[] {
  const { title, body, image, url, actions } = notification ?? {}
  return leavesOf([data, title, body, image, url, actions?.map((action) => action.title), overrides?.fcm])
}

function leavesOf(value: unknown): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : []
}
