// Which rates the emulated services hold senders to: none, unless they are told to.
import * as z from 'zod'
import { EmulatorError } from '../emulator-error.ts'
import { issuesText } from '../faults/fault-rule.ts'

export interface CollapsibleQuota {
  /** Messages that may come one after the other. */
  readonly burst: number
  /** Milliseconds after which one more may come. */
  readonly refillMs: number
}

/** A minute or an hour begins with its first message, and is not aligned to any clock. */
export interface DeviceQuotas {
  /** Messages that one device takes in a minute; further ones are answered as to a `throttled` device. */
  readonly devicePerMinute?: number | undefined
  /** The same in an hour. */
  readonly devicePerHour?: number | undefined
}

export interface SenderQuotas extends DeviceQuotas {
  /** Messages, also those that are refused, of the sender in a minute (C2DM: QuotaExceeded; FCM: QUOTA_EXCEEDED of the project). */
  readonly senderPerMinute?: number | undefined
}

export interface FcmQuotas extends SenderQuotas {
  /**
   * Collapsible messages (with a collapse key, or with a notification) to one device. Those above are taken, and wait
   * until there is room; ones with a ttl of 0 are not counted.
   */
  readonly collapsible?: CollapsibleQuota | undefined
}

export interface QuotaSettings {
  readonly c2dm: SenderQuotas
  readonly fcm: FcmQuotas
  readonly apns: DeviceQuotas
  readonly webpush: DeviceQuotas
}

export interface QuotaOptions {
  readonly c2dm?: SenderQuotas | undefined
  /** `documented`: as Google publishes them. */
  readonly fcm?: FcmQuotas | 'documented' | undefined
  readonly apns?: DeviceQuotas | undefined
  readonly webpush?: DeviceQuotas | undefined
}

/** firebase.google.com/docs/cloud-messaging/throttling-and-quotas */
const DOCUMENTED_FCM_QUOTAS: FcmQuotas = {
  senderPerMinute: 600_000,
  devicePerMinute: 240,
  devicePerHour: 5_000,
  collapsible: { burst: 20, refillMs: 180_000 },
}

const count = z.int().min(1).max(1_000_000_000)
const perDevice = { devicePerMinute: count.optional(), devicePerHour: count.optional() }
const perSender = { ...perDevice, senderPerMinute: count.optional() }
const collapsible = z.strictObject({ burst: count, refillMs: count })
const optionsSchema: z.ZodType<QuotaOptions> = z.strictObject({
  c2dm: z.strictObject(perSender).optional(),
  fcm: z
    .union([z.literal('documented'), z.strictObject({ ...perSender, collapsible: collapsible.optional() })])
    .optional(),
  apns: z.strictObject(perDevice).optional(),
  webpush: z.strictObject(perDevice).optional(),
})

/** A service that is named gets what is said of it, and nothing else; the others keep what they have. Throws EMULATOR_INPUT. */
export function changedQuotas(before: QuotaSettings, options: unknown): QuotaSettings {
  const parsed = optionsSchema.safeParse(options)
  if (!parsed.success) {
    throw new EmulatorError('EMULATOR_INPUT', `The quotas are not valid: ${issuesText(parsed.error)}.`)
  }
  const { c2dm = before.c2dm, fcm = before.fcm, apns = before.apns, webpush = before.webpush } = parsed.data
  return { c2dm, fcm: fcm === 'documented' ? DOCUMENTED_FCM_QUOTAS : fcm, apns, webpush }
}

export const NO_QUOTAS: QuotaSettings = { c2dm: {}, fcm: {}, apns: {}, webpush: {} }
