// What a push service may show on a device by itself, and how Android is to show it.

export interface Notification {
  readonly title?: string | undefined
  readonly body?: string | undefined
  /** https:// URL of a picture. */
  readonly image?: string | undefined
  /** Buttons, where the push service or the browser shows them. At most 4. */
  readonly actions?: readonly NotificationAction[] | undefined
  /** The number on the application’s icon, 0 to 1,000,000; 0 takes it away. */
  readonly badge?: number | undefined
  /** `default`, or the name of a sound of the application. */
  readonly sound?: string | undefined
  /** https:// URL that a tap leads to. */
  readonly url?: string | undefined
}

export interface NotificationAction {
  /** What the application is told of the button that was pressed. */
  readonly id: string
  readonly title: string
  /** https:// URL of a picture. */
  readonly icon?: string | undefined
}

export const VISIBILITIES = ['private', 'public', 'secret'] as const

/** Texts of Android's options, by name. */
export const ANDROID_TEXTS = ['channelId', 'icon', 'color', 'sound', 'tag', 'clickAction', 'imageUrl'] as const
export type AndroidText = (typeof ANDROID_TEXTS)[number]

/** How Android shows the notification; all but `directBootOk` need one. */
export interface AndroidOptions {
  /** The notification channel; since Android 8 it decides on sound and importance. */
  readonly channelId?: string | undefined
  /** Name of a drawable of the application. */
  readonly icon?: string | undefined
  /** `#rrggbb` */
  readonly color?: string | undefined
  /** `default`, or the name of a resource of the application. */
  readonly sound?: string | undefined
  /** A notification replaces the one that is shown with the same tag. */
  readonly tag?: string | undefined
  /** The intent action that a tap starts. */
  readonly clickAction?: string | undefined
  /** https:// URL of a picture, in place of the notification’s. */
  readonly imageUrl?: string | undefined
  /** Whether it is shown on the lock screen, and how much of it. */
  readonly visibility?: (typeof VISIBILITIES)[number] | undefined
  /** The number on the application’s icon, 0 to 1,000,000. */
  readonly notificationCount?: number | undefined
  /** It stays when it is tapped. */
  readonly sticky?: boolean | undefined
  /** Data may arrive before the first unlock after a start. */
  readonly directBootOk?: boolean | undefined
}
