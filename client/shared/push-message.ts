// A message as page and worker know it, and what the worker tells pages.

export interface PushMessage {
  /** Empty when the message has none. */
  readonly data: Readonly<Record<string, string>>
  readonly notification?: PushNotification
}

/** What may be shown, in the words of the Notifications API; `overrides.webpush` of a message can add more of them. */
export interface PushNotification extends Readonly<Record<string, unknown>> {
  readonly title: string
  readonly body?: string
  readonly image?: string
  readonly icon?: string
  readonly tag?: string
  /** Where a click leads. */
  readonly navigate?: string
  readonly actions?: readonly PushAction[]
}

export interface PushAction {
  readonly action: string
  readonly title: string
  readonly icon?: string
  readonly navigate?: string
}

export interface PushClick {
  /** The id of the button; empty when the notification itself was clicked. */
  readonly action: string
  readonly data: Readonly<Record<string, string>>
  /** Where the click leads, if the message said so. */
  readonly url?: string
}

/** What the worker posts to pages. */
export type PageMessage =
  | { readonly sendword: 'confirmed'; readonly endpoint: string | undefined }
  | { readonly sendword: 'message'; readonly message: PushMessage }
  | { readonly sendword: 'click'; readonly click: PushClick }
