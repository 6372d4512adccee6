// The push services of the browsers: their hosts, and the answers that are theirs alone. Constants only.
// Sources: developer.apple.com/documentation/usernotifications/sending-web-push-notifications-in-web-apps-and-browsers;
// learn.microsoft.com/windows/apps/design/shell/tiles-and-notifications/push-request-response-headers; autopush-rs.

export interface WebPushService {
  readonly name: 'fcm' | 'mozilla' | 'apple' | 'windows'
  /** `*.` stands for one label or more before it. */
  readonly host: string
  /** What the path of an endpoint begins with. Other paths of these hosts are other services. */
  readonly paths: readonly string[]
  /** Hosts that `host` covers as well, but are other services. */
  readonly except?: RegExp
}

export const WEB_PUSH_SERVICES: readonly WebPushService[] = [
  { name: 'fcm', host: 'fcm.googleapis.com', paths: ['/fcm/send/', '/wp/'] },
  // Chromium that was built without Google's API keys.
  { name: 'fcm', host: 'jmt17.google.com', paths: ['/fcm/send/', '/wp/'] },
  { name: 'mozilla', host: '*.push.services.mozilla.com', paths: ['/wpush/'] },
  // api.push.apple.com, api.sandbox.push.apple.com and their like are APNs, which takes notifications for applications.
  { name: 'apple', host: '*.push.apple.com', paths: ['/'], except: /^api[.-]/ },
  { name: 'windows', host: '*.notify.windows.com', paths: ['/w/'] },
]

/** `reason` in the JSON of Apple's errors. */
export const APPLE_WEB_PUSH_REASONS = [
  'BadTtl',
  'BadUrgency',
  'BadWebPushTopic',
  'BadWebPushRequest',
  'BadAuthorizationHeader',
  'BadJwtToken',
  'BadVapidPublicKey',
  'VapidPkHashMismatch',
  'PayloadTooLarge',
  'TooManyRequests',
  'InternalServerError',
  'ServiceUnavailable',
  'Shutdown',
] as const
export type AppleWebPushReason = (typeof APPLE_WEB_PUSH_REASONS)[number]

/** `X-WNS-Status`, also seen as `X-WNS-NotificationStatus`. */
export const WNS_STATUSES = ['received', 'dropped', 'channelthrottled'] as const
export type WnsStatus = (typeof WNS_STATUSES)[number]

/** Marks JSON as a declarative push message: www.w3.org/TR/push-api, «declarative push message». */
export const DECLARATIVE_WEB_PUSH = 8030
