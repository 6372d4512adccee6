// What a registration may say of its device, and the bounds of it.
import { isTimeZone } from '../util/zoned-time.ts'
import { hasControl } from './device.ts'
import { canonicalTag } from './locale.ts'
import { isStorableText } from './message.ts'
import { InputError } from './push-error.ts'

export interface DeviceAttributes {
  /** BCP 47, such as `pt-BR`. */
  readonly locale?: string | undefined
  /** A name of the IANA time zone database, such as `Europe/Berlin`. */
  readonly timeZone?: string | undefined
  /** The application's own, at most 64 bytes. */
  readonly appVersion?: string | undefined
  /** At most 20; keys of at most 64 bytes, values of at most 256. */
  readonly labels?: Readonly<Record<string, string>> | undefined
}

const MAX_LABELS = 20
const MAX_LABEL_KEY_BYTES = 64
const MAX_LABEL_VALUE_BYTES = 256
const MAX_VERSION_BYTES = 64
/** Longer than any zone name in use. */
const MAX_NAME_BYTES = 100

/** Throws InputError PUSH_REGISTRATION_INVALID. Answers with the locale in its canonical form. */
export function checkAttributes({ locale, timeZone, appVersion, labels }: DeviceAttributes): DeviceAttributes {
  if (timeZone !== undefined && !isZoneName(timeZone)) refuse('timeZone is no name of the IANA time zone database.')
  if (appVersion !== undefined && !fits(appVersion, MAX_VERSION_BYTES)) {
    refuse(`appVersion must be 1 to ${MAX_VERSION_BYTES} bytes without control characters.`)
  }
  if (labels !== undefined) checkLabels(labels)
  return { locale: locale === undefined ? undefined : canonicalLocale(locale), timeZone, appVersion, labels }
}

function checkLabels(labels: Readonly<Record<string, string>>): void {
  const entries = Object.entries(labels)
  if (entries.length > MAX_LABELS) refuse(`labels has ${entries.length} entries; at most ${MAX_LABELS}.`)
  for (const [key, value] of entries) {
    if (!fits(key, MAX_LABEL_KEY_BYTES)) refuse(`A key of labels must be 1 to ${MAX_LABEL_KEY_BYTES} bytes.`)
    if (value !== '' && !fits(value, MAX_LABEL_VALUE_BYTES)) {
      refuse(`A value of labels must be at most ${MAX_LABEL_VALUE_BYTES} bytes without control characters.`)
    }
  }
}

function fits(text: string, maxBytes: number): boolean {
  const bytes = Buffer.byteLength(text)
  return bytes >= 1 && bytes <= maxBytes && isStorableText(text) && !hasControl(text)
}

function canonicalLocale(locale: string): string {
  return canonicalTag(locale) ?? refuse('locale is no BCP 47 language tag.')
}

function isZoneName(name: string): boolean {
  return fits(name, MAX_NAME_BYTES) && isTimeZone(name)
}

function refuse(detail: string): never {
  throw new InputError('PUSH_REGISTRATION_INVALID', { detail })
}
