// Errors that wait to be mailed: equal ones grouped and counted, and the mail that tells of them.
import type { ErrorRecord } from './create-logger.ts'

export interface ErrorGroup {
  /** The first of them. */
  readonly record: ErrorRecord
  readonly count: number
  readonly lastTime: number
}

/** More kinds than these are counted together. */
const MAX_KINDS = 50
const OTHERS = 'others'
const MAX_SUBJECT = 160

export class ErrorDigest {
  readonly #groups = new Map<string, ErrorGroup>()

  get isEmpty(): boolean {
    return this.#groups.size === 0
  }

  get count(): number {
    return countOf([...this.#groups.values()])
  }

  add(record: ErrorRecord): void {
    this.#join({ record, count: 1, lastTime: record.time })
  }

  /** Empties the digest. */
  take(): ErrorGroup[] {
    const groups = [...this.#groups.values()]
    this.#groups.clear()
    return groups
  }

  /** Takes back what could not be mailed; it is older than what came since. */
  putBack(groups: readonly ErrorGroup[]): void {
    const since = this.take()
    for (const group of [...groups, ...since]) this.#join(group)
  }

  #join(group: ErrorGroup): void {
    const key = kindOf(group.record)
    const isRoom = this.#groups.has(key) || this.#groups.size < MAX_KINDS
    const place = isRoom ? key : OTHERS
    const present = this.#groups.get(place) ?? { record: isRoom ? group.record : otherErrors(group.record), count: 0 }
    this.#groups.set(place, { record: present.record, count: present.count + group.count, lastTime: group.lastTime })
  }
}

function otherErrors(record: ErrorRecord): ErrorRecord {
  return { ...record, msg: 'Errors of other kinds; the log has them.', fields: {} }
}

/** Equal: the same logger, message and codes. */
function kindOf({ name, msg, fields }: ErrorRecord): string {
  return JSON.stringify([name, msg, codesOf(fields)])
}

/** Of the error in the fields, or a field of that name. */
function codesOf(fields: ErrorRecord['fields']): unknown[] {
  return [fields, ...Object.values(fields)].flatMap((value) =>
    typeof value === 'object' && value !== null && 'code' in value ? [value.code] : [],
  )
}

function countOf(groups: readonly ErrorGroup[]): number {
  return groups.reduce((sum, group) => sum + group.count, 0)
}

export interface DigestInput {
  readonly groups: readonly ErrorGroup[]
  /** The machine that logged them. */
  readonly host: string
  /** Said when the mail was held back by the hourly limit. */
  readonly note?: string | undefined
}

export function writeMail({ groups, host, note }: DigestInput): { subject: string; text: string } {
  const count = countOf(groups)
  const [first] = groups
  const what =
    groups.length === 1 && first !== undefined
      ? `${first.record.msg}${count > 1 ? ` (${count} times)` : ''}`
      : `${count} errors of ${groups.length} kinds`
  const head = `Sendword on ${host} logged ${count === 1 ? 'an error' : `${count} errors`}.`
  return {
    subject: oneLine(`[Sendword ${host}] ${what}`),
    text: [head, ...(note === undefined ? [] : [note]), ...groups.map(describe)].join('\n\n').concat('\n'),
  }
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ')
  return line.length > MAX_SUBJECT ? `${line.slice(0, MAX_SUBJECT)}…` : line
}

function describe({ record, count, lastTime }: ErrorGroup): string {
  const first = new Date(record.time).toISOString()
  const times = count === 1 ? first : `${count} times, first ${first}, last ${new Date(lastTime).toISOString()}`
  const fields = Object.keys(record.fields).length === 0 ? '' : `\n${JSON.stringify(record.fields, null, 2)}`
  // A stack is read line by line.
  return `${record.name}: ${record.msg}\n${times}${fields.replaceAll('\\n', '\n')}`
}
