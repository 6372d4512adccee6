// Counts the messages of senders and to devices, on the emulator's clock, and says which are too many.
import type { Clock } from '../../util/clock.ts'
import type { DeviceService } from '../devices/virtual-device.ts'
import { changedQuotas, NO_QUOTAS, type QuotaOptions, type QuotaSettings } from './quota-settings.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** The header Retry-After: whole seconds until there is room again. */
export type RetryAfter = string

/** What can be changed while it runs. */
export interface EmulatedQuotas {
  readonly settings: QuotaSettings
  /** A service that is named gets what is said of it, `{}` being nothing at all; the others keep what they have. */
  set(options: QuotaOptions): void
}

export interface QuotaBook extends EmulatedQuotas {
  /** Counts a message of the sender; when there were too many, it does not count, and the answer says when to come again. */
  chargeSender(service: 'c2dm' | 'fcm'): RetryAfter | undefined
  /** The same for a message to a device. */
  chargeDevice(device: ChargedDevice): RetryAfter | undefined
  /** As freshly started. */
  reset(): void
}

interface ChargedDevice {
  readonly service: DeviceService
}

interface Period {
  beganAt: number
  count: number
}

interface Limit {
  readonly period: Period
  readonly limit: number | undefined
  readonly lengthMs: number
}

const newPeriod = (): Period => ({ beganAt: Number.NEGATIVE_INFINITY, count: 0 })
const newPeriods = () => ({ minute: newPeriod(), hour: newPeriod() })

export function createQuotaBook(clock: Clock, options: QuotaOptions = {}): QuotaBook {
  const begun = changedQuotas(NO_QUOTAS, options)
  let settings = begun
  let senders = { c2dm: newPeriod(), fcm: newPeriod() }
  let devices = new WeakMap<ChargedDevice, ReturnType<typeof newPeriods>>()

  function charge(limits: readonly Limit[]): RetryAfter | undefined {
    const now = clock.now()
    const over = limits.filter(({ limit }) => limit !== undefined)
    for (const { period, lengthMs } of over) {
      if (now - period.beganAt >= lengthMs) Object.assign(period, { beganAt: now, count: 0 })
    }
    const full = over.filter(({ period, limit = 0 }) => period.count >= limit)
    if (full.length === 0) {
      for (const { period } of over) period.count++
      return undefined
    }
    const waitMs = Math.max(...full.map(({ period, lengthMs }) => period.beganAt + lengthMs - now))
    return String(Math.ceil(waitMs / 1000))
  }

  return {
    get settings() {
      return settings
    },
    set(changes) {
      settings = changedQuotas(settings, changes)
    },
    chargeSender: (service) =>
      charge([{ period: senders[service], limit: settings[service].senderPerMinute, lengthMs: MINUTE_MS }]),
    chargeDevice(device) {
      const { devicePerMinute, devicePerHour } = settings[device.service]
      if (devicePerMinute === undefined && devicePerHour === undefined) return undefined
      const periods = devices.get(device) ?? newPeriods()
      devices.set(device, periods)
      return charge([
        { period: periods.minute, limit: devicePerMinute, lengthMs: MINUTE_MS },
        { period: periods.hour, limit: devicePerHour, lengthMs: HOUR_MS },
      ])
    },
    reset() {
      settings = begun
      senders = { c2dm: newPeriod(), fcm: newPeriod() }
      devices = new WeakMap()
    },
  }
}
