// The face of the package: what an application imports from 'sendword'. Nothing inside imports it.
export type { EventListener } from './app/events.ts'
export type { ApnsOptions } from './app/options/apns-options.ts'
export type {
  AppOptions,
  C2dmOptions,
  FcmOptions,
  HttpOptions,
  LogFormat,
  LogLevel,
  LogOptions,
  MailOptions,
  ProxyOptions,
  RegistrationOptions,
  RetentionOptions,
  SendwordOptions,
  SmtpOptions,
  WebhookOptions,
} from './app/options/sendword-options.ts'
export type { VapidOptions, WebPushOptions } from './app/options/webpush-options.ts'
export type { Reloaded } from './app/reload.ts'
export type { RequestOrigin } from './http/client-address.ts'
export type { Mount } from './http/mount/mount.ts'
export type { Audience, DeviceFilter } from './model/audience.ts'
export type { CallerTransaction } from './model/caller-transaction.ts'
export type { ChannelDeviceView, ChannelField, ChannelSummary, ChannelView } from './model/channel.ts'
export type { Delivery, DeliveryFilter } from './model/delivery.ts'
export type { DeviceState, DeviceView } from './model/device.ts'
export type { ErrorCode } from './model/error-table.ts'
export type { SendwordEvent } from './model/event.ts'
export type { GroupSummary, GroupView } from './model/group.ts'
export type { AndroidOptions, Notification, NotificationAction } from './model/notification.ts'
export type { FinalOutcome } from './model/outcome.ts'
export type { ApnsOverride, FcmOverride, Json, JsonObject, Overrides, WebPushOverride } from './model/overrides.ts'
export type { Preview } from './model/preview.ts'
export { ConfigError, InputError, PushError, StateError, TransportError } from './model/push-error.ts'
export type { LocalTime, MessageTiming, QuietHours } from './model/timing.ts'
export type { Urgency } from './model/urgency.ts'
export type { UserAttributes, UserView } from './model/user.ts'
export type { PushSubscriptionJson } from './model/web-push-address.ts'
export type { WebhookState, WebhookView } from './model/webhook.ts'
export type { WebhookEvent, WebhookType } from './model/webhook-event.ts'
export type {
  ChannelChange,
  ChannelDirectory,
  ChannelPublishOptions,
  ChannelSettings,
  Subscribers,
} from './sendword/channel-directory.ts'
export { createSendword, type Sendword, type Surroundings, type WebPushInfo } from './sendword/create-sendword.ts'
export type { Device, DeviceDirectory, NewRegistration, SendOptions } from './sendword/device-directory.ts'
export type { AddedMembers, GroupDirectory, GroupMembers } from './sendword/group-directory.ts'
export type {
  AudienceCount,
  DryRun,
  MessageDirectory,
  MessageHandle,
  MessageReceipts,
  PreviewOptions,
  PublishOptions,
  SettledMessage,
  SettledOptions,
  TransportPreview,
  UnfitDevices,
} from './sendword/message-directory.ts'
export type { MessageOptions } from './sendword/message-options.ts'
export type { PageOptions, UserDirectory } from './sendword/user-directory.ts'
export type { WebhookDirectory, WebhookPageOptions } from './sendword/webhook-directory.ts'
export type { Clock } from './util/clock.ts'
export type { LogFields, Logger } from './util/logger.ts'
export type { Random } from './util/random.ts'
