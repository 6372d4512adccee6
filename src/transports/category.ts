// The buttons of a notification on Apple's devices: the application knows them by the name of a category.
import type { NotificationAction } from '../model/notification.ts'

/** The ids of the actions, in their order. */
export function categoryOf(actions: readonly NotificationAction[]): string {
  return actions.map(({ id }) => id).join('.')
}
