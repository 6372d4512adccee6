// What a worker can be told, and its defaults.

/** A notification that no message asked for. */
export interface OwnNotification {
  readonly title: string
  readonly body?: string
  readonly icon?: string
  readonly badge?: string
}

/** Given to every notification that does not bring its own. */
export type Looks = Pick<OwnNotification, 'icon' | 'badge'>

export interface HandlePushesOptions {
  /** Shown when the handshake is complete and no page is in sight. @default { title: 'Notifications are on' } */
  readonly confirmed?: OwnNotification
  /**
   * Shown for a message without notification when no page is in sight: browsers take the permission away from those who
   * get pushes and show nothing. False: nothing, at your own risk. @default { title: 'There is news' }
   */
  readonly news?: OwnNotification | false
  /** URL of a picture, for notifications that bring none. */
  readonly icon?: string
  /** URL of a small picture of one colour, for notifications that bring none. */
  readonly badge?: string
}

export interface Settings {
  readonly looks: Looks
  readonly confirmed: OwnNotification
  readonly news: OwnNotification | false
}

export function resolveSettings({ icon, badge, confirmed, news }: HandlePushesOptions): Settings {
  const looks = { ...(icon !== undefined && { icon }), ...(badge !== undefined && { badge }) }
  return {
    looks,
    confirmed: { ...looks, ...(confirmed ?? { title: 'Notifications are on' }) },
    news: news !== false && { ...looks, ...(news ?? { title: 'There is news' }) },
  }
}
