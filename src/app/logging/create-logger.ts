// The logger of a process: JSON lines or lines for people, a level per dotted name, everything redacted.
import { isatty, WriteStream } from 'node:tty'
import { destination as openDestination, pino } from 'pino'
import { prettyFactory } from 'pino-pretty'
import { type Clock, systemClock } from '../../util/clock.ts'
import type { LogFields, Logger } from '../../util/logger.ts'
import type { LogFormat, LogLevel } from '../options/sendword-options.ts'
import { type RedactedFields, redactFields, redactText } from './redact.ts'

/** Takes whole lines, each with its line break. */
export interface LogDestination {
  write(line: string): unknown
}

/** An error that was logged, redacted. */
export interface ErrorRecord {
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly name: string
  readonly msg: string
  readonly fields: RedactedFields
}

export interface LoggerInput {
  readonly level: LogLevel
  readonly levels?: Readonly<Record<string, LogLevel>>
  readonly format: LogFormat
  /** Default: standard error, which leaves standard output to what commands print. */
  readonly destination?: LogDestination
  /** Told of each error that is logged. */
  readonly onError?: (record: ErrorRecord) => void
  readonly clock?: Clock
}

type Severity = Exclude<LogLevel, 'silent'>

const ROOT_NAME = 'sendword'
const STANDARD_ERROR = 2
/** The line's own fields; one of ours by the same name would make the line ambiguous. */
const RESERVED = new Set(['level', 'time', 'name', 'msg'])

export function createLogger(input: LoggerInput): Logger {
  const { level, levels = {}, format, onError, clock = systemClock } = input
  const lines = pino(
    {
      level: 'debug',
      base: null,
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    lineWriter(format, input.destination),
  )

  function named(name: string): Logger {
    const log = lines.child({ name }, { level: levelFor(name, level, levels) })
    function write(severity: Severity, message: string, given: LogFields = {}): void {
      if (!log.isLevelEnabled(severity)) return
      const fields = withoutReserved(redactFields(given))
      const msg = redactText(message)
      log[severity](fields, msg)
      if (severity === 'error') onError?.({ time: clock.now(), name, msg, fields })
    }
    return {
      error: (message, fields) => write('error', message, fields),
      warn: (message, fields) => write('warn', message, fields),
      info: (message, fields) => write('info', message, fields),
      debug: (message, fields) => write('debug', message, fields),
      child: (child) => named(`${name}.${child}`),
    }
  }
  return named(ROOT_NAME)
}

/** The level of the longest name in `levels` that is `name` or above it. */
function levelFor(name: string, level: LogLevel, levels: Readonly<Record<string, LogLevel>>): LogLevel {
  const above = Object.keys(levels).filter((key) => name === key || name.startsWith(`${key}.`))
  const longest = above.sort((a, b) => b.length - a.length)[0]
  return (longest === undefined ? undefined : levels[longest]) ?? level
}

function withoutReserved(fields: RedactedFields): RedactedFields {
  if (!Object.keys(fields).some((name) => RESERVED.has(name))) return fields
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [RESERVED.has(name) ? `${name}_` : name, value]),
  )
}

function lineWriter(format: LogFormat, given: LogDestination | undefined): LogDestination {
  const destination = given ?? standardError()
  if (format === 'json') return destination
  // NO_COLOR, FORCE_COLOR and the kind of terminal are read there.
  const colorize = given === undefined && isatty(STANDARD_ERROR) && WriteStream.prototype.hasColors()
  const pretty = prettyFactory({ colorize, singleLine: true })
  return { write: (line) => destination.write(pretty(line)) }
}

function standardError(): LogDestination {
  const stream = openDestination({ dest: STANDARD_ERROR, sync: true })
  // Whoever read the log has gone; deliveries go on without him.
  stream.on('error', () => {})
  return stream
}
