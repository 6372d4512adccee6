// The tables as Drizzle sees them. The migrations make them; a test holds the two together.
import { boolean, customType, integer, jsonb, pgSchema, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import type { TransportName } from '../model/address.ts'
import type { DeviceState, RegistrationState } from '../model/device.ts'
import type { DeviceAttributes } from '../model/device-attributes.ts'
import type { MessageContent } from '../model/message.ts'
import type { FinalOutcome } from '../model/outcome.ts'
import type { StoredTiming } from '../model/timing.ts'

const bytea = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' })
const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })
const sendword = pgSchema('sendword')

export const device = sendword.table('device', {
  id: uuid().primaryKey(),
  app: text().notNull(),
  deviceId: text('device_id').notNull(),
  transport: text().$type<TransportName>().notNull(),
  address: text(),
  addressHash: bytea('address_hash'),
  state: text().$type<DeviceState>().notNull(),
  failedReason: text('failed_reason'),
  failedAt: time('failed_at'),
  userId: text('user_id'),
  registrationId: uuid('registration_id'),
  createdAt: time('created_at').notNull(),
  confirmedAt: time('confirmed_at'),
  lastSeenAt: time('last_seen_at').notNull(),
  keyHash: bytea('key_hash'),
  locale: text(),
  timeZone: text('time_zone'),
  appVersion: text('app_version'),
  labels: jsonb().$type<Readonly<Record<string, string>>>().notNull(),
  lastSuccessAt: time('last_success_at'),
  aliveAt: time('alive_at').notNull(),
})

export const registration = sendword.table('registration', {
  id: uuid().primaryKey(),
  app: text().notNull(),
  device: uuid().notNull(),
  transport: text().$type<TransportName>().notNull(),
  address: text().notNull(),
  addressHash: bytea('address_hash').notNull(),
  secretHashes: bytea('secret_hashes').array().notNull(),
  wrongGuesses: integer('wrong_guesses').notNull(),
  attempts: integer().notNull(),
  state: text().$type<RegistrationState>().notNull(),
  failedReason: text('failed_reason'),
  awaitsApproval: boolean('awaits_approval').notNull(),
  createdAt: time('created_at').notNull(),
  registeredAt: time('registered_at').notNull(),
  expiresAt: time('expires_at').notNull(),
  authorized: boolean().notNull(),
  keyHash: bytea('key_hash'),
  userId: text('user_id'),
  attributes: jsonb().$type<DeviceAttributes>().notNull(),
})

export const registrationAttempt = sendword.table('registration_attempt', {
  id: uuid().primaryKey(),
  app: text().notNull(),
  deviceId: text('device_id').notNull(),
  addressHash: bytea('address_hash').notNull(),
  client: text().notNull(),
  registration: uuid().notNull(),
  requestedAt: time('requested_at').notNull(),
  confirmed: boolean().notNull(),
})

export const message = sendword.table('message', {
  id: uuid().primaryKey(),
  app: text().notNull(),
  device: uuid(),
  audience: jsonb().$type<Readonly<Record<string, unknown>>>(),
  unfit: text().$type<TransportName>().array().notNull(),
  content: jsonb().$type<MessageContent>().notNull(),
  audienceSize: integer('audience_size'),
  fanOutAfter: uuid('fan_out_after'),
  fannedOut: integer('fanned_out').notNull(),
  skipped: integer().notNull(),
  openSlices: integer('open_slices').notNull(),
  delayedSlices: integer('delayed_slices').notNull(),
  releaseAt: time('release_at'),
  isWaiting: boolean('is_waiting').notNull(),
  timing: jsonb().$type<StoredTiming>(),
  cancelledAt: time('cancelled_at'),
  idempotencyKey: text('idempotency_key'),
  requestHash: bytea('request_hash'),
  releasedOn: text('released_on').notNull(),
  acceptedAt: time('accepted_at').notNull(),
  expiresAt: time('expires_at').notNull(),
  singleTry: boolean('single_try').notNull(),
})

export const delivery = sendword.table(
  'delivery',
  {
    releasedOn: text('released_on').notNull(),
    messageId: uuid('message_id').notNull(),
    device: uuid().notNull(),
    outcome: text().$type<FinalOutcome>().notNull(),
    reason: text(),
    providerId: text('provider_id'),
    attempts: integer().notNull(),
    finishedAt: time('finished_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.releasedOn, table.messageId, table.device] })],
)

export const receipt = sendword.table(
  'receipt',
  {
    releasedOn: text('released_on').notNull(),
    messageId: uuid('message_id').notNull(),
    device: uuid().notNull(),
    deliveredAt: time('delivered_at').notNull(),
    openedAt: time('opened_at'),
  },
  (table) => [primaryKey({ columns: [table.releasedOn, table.messageId, table.device] })],
)
