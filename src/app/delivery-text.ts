// Results as text for other programs: CSV (RFC 4180) and NDJSON, a line each.
import type { Delivery } from '../model/delivery.ts'

export interface DeliveryFormat {
  readonly mediaType: string
  /** What stands before the first line. */
  readonly head: string
  line(delivery: Delivery): string
}

const COLUMNS = [
  'messageId',
  'deviceId',
  'outcome',
  'reason',
  'providerId',
  'attempts',
  'finishedAt',
  'deliveredAt',
  'openedAt',
] as const satisfies ReadonlyArray<keyof Delivery>

export const DELIVERY_FORMATS = {
  csv: {
    mediaType: 'text/csv',
    head: `${COLUMNS.join(',')}\r\n`,
    line: (delivery) => `${COLUMNS.map((column) => cell(delivery[column])).join(',')}\r\n`,
  },
  ndjson: {
    mediaType: 'application/x-ndjson',
    head: '',
    line: (delivery) => `${JSON.stringify(delivery)}\n`,
  },
} as const satisfies Record<string, DeliveryFormat>

/** One text for many, so that a page is one piece of the stream. */
export function deliveryLines(format: DeliveryFormat, deliveries: readonly Delivery[]): string {
  let text = ''
  for (const delivery of deliveries) text += format.line(delivery)
  return text
}

/** A spreadsheet would run these as a formula: owasp.org/www-community/attacks/CSV_Injection. */
const FORMULA = /^[=+\-@\t\r]/

function cell(value: string | number | Date | undefined): string {
  if (value === undefined) return ''
  if (typeof value === 'number') return String(value)
  if (value instanceof Date) return value.toISOString()
  const inert = FORMULA.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert
}
