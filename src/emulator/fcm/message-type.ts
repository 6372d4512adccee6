// The request of projects.messages.send, field by field (firebase.google.com/docs/reference/fcm/rest/v1/projects.messages).
import { FCM_ANDROID_PRIORITIES } from '../../protocols/fcm.ts'
import type { FieldType, MessageType } from './proto-json.ts'

const text: FieldType = { kind: 'string' }
const texts: FieldType = { kind: 'repeated', of: text }
const flag: FieldType = { kind: 'bool' }
const map: FieldType = { kind: 'string-map' }
const struct: FieldType = { kind: 'struct' }
const duration: FieldType = { kind: 'duration' }
const number: FieldType = { kind: 'float' }

function message(fields: MessageType['fields']): MessageType {
  return { kind: 'message', fields }
}

/** An enum may be written by its number too; nobody does, so that it is more likely a mistake. */
function oneOf(...values: readonly string[]): FieldType {
  return { kind: 'enum', values }
}

const fcmOptions = message({ analyticsLabel: text })

const androidNotification = message({
  title: text,
  body: text,
  icon: text,
  color: text,
  sound: text,
  tag: text,
  clickAction: text,
  bodyLocKey: text,
  bodyLocArgs: texts,
  titleLocKey: text,
  titleLocArgs: texts,
  channelId: text,
  ticker: text,
  sticky: flag,
  eventTime: { kind: 'timestamp' },
  localOnly: flag,
  notificationPriority: oneOf(
    'PRIORITY_UNSPECIFIED',
    'PRIORITY_MIN',
    'PRIORITY_LOW',
    'PRIORITY_DEFAULT',
    'PRIORITY_HIGH',
    'PRIORITY_MAX',
  ),
  defaultSound: flag,
  defaultVibrateTimings: flag,
  defaultLightSettings: flag,
  vibrateTimings: { kind: 'repeated', of: duration },
  visibility: oneOf('VISIBILITY_UNSPECIFIED', 'PRIVATE', 'PUBLIC', 'SECRET'),
  notificationCount: { kind: 'int32' },
  lightSettings: message({
    color: message({ red: number, green: number, blue: number, alpha: number }),
    lightOnDuration: duration,
    lightOffDuration: duration,
  }),
  image: text,
  proxy: oneOf('PROXY_UNSPECIFIED', 'ALLOW', 'DENY', 'IF_PRIORITY_LOWERED'),
  bypassProxyNotification: flag,
})

const android = message({
  collapseKey: text,
  priority: oneOf(...FCM_ANDROID_PRIORITIES),
  ttl: duration,
  restrictedPackageName: text,
  data: map,
  notification: androidNotification,
  fcmOptions,
  directBootOk: flag,
  bandwidthConstrainedOk: flag,
  restrictedSatelliteOk: flag,
})

/** Fields of which a message names exactly one: where it goes. */
export const TARGETS = ['fid', 'token', 'topic', 'condition'] as const

const pushMessage: MessageType = {
  kind: 'message',
  oneof: { name: 'target', fields: TARGETS },
  fields: {
    name: text,
    fid: text,
    token: text,
    topic: text,
    condition: text,
    data: map,
    notification: message({ title: text, body: text, image: text }),
    fcmOptions,
    android,
    // New, and no more is published of it than that it excludes `android`.
    androidV2: struct,
    apns: message({
      headers: map,
      payload: struct,
      fcmOptions: message({ analyticsLabel: text, image: text }),
      liveActivityToken: text,
    }),
    webpush: message({
      headers: map,
      data: map,
      notification: struct,
      fcmOptions: message({ link: text, analyticsLabel: text }),
    }),
  },
}

export const SEND_REQUEST = message({ validateOnly: flag, message: pushMessage })
