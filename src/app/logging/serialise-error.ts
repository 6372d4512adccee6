// An error as a log holds it: type, code, message, stack and the chain of causes. Of other properties only those
// listed are kept, since a database error carries whole rows (`detail`, `where`, `parameters`).

export interface SerialisedError {
  readonly type: string
  readonly message: string
  readonly code?: string | number
  readonly stack?: string
  readonly cause?: unknown
  readonly errors?: readonly unknown[]
  readonly [property: string]: unknown
}

/** Node's and PostgreSQL's own; none of them quotes a value. */
const KEPT = ['syscall', 'severity', 'schema', 'table', 'column', 'constraint', 'retryAfterMs'] as const
const MAX_CAUSES = 5
const MAX_ERRORS = 10

export function serialiseError(error: Error, redact: (text: string) => string, causes = 0): SerialisedError {
  const message = redact(safeMessage(error))
  const properties = new Map<string, unknown>(Object.entries(error))
  const code = properties.get('code')
  const inner = (value: unknown) => serialiseCause(value, redact, causes + 1)
  const { cause } = error
  return {
    type: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    message,
    ...Object.fromEntries(
      KEPT.filter((name) => isPlain(properties.get(name))).map((name) => [name, properties.get(name)]),
    ),
    ...(error.stack === undefined ? {} : { stack: redact(safeStack(error, error.stack, message)) }),
    ...(cause === undefined || causes >= MAX_CAUSES ? {} : { cause: inner(cause) }),
    ...(error instanceof AggregateError && causes < MAX_CAUSES
      ? { errors: error.errors.slice(0, MAX_ERRORS).map(inner) }
      : {}),
  }
}

function isPlain(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number'
}

function serialiseCause(cause: unknown, redact: (text: string) => string, causes: number): unknown {
  if (cause instanceof Error) return serialiseError(cause, redact, causes)
  // Anything may be thrown; what an unknown object holds is not known to be harmless.
  return isPlain(cause) ? redact(String(cause)) : `[${typeof cause}]`
}

/** Drizzle appends the parameters of a failed query. */
const QUERY_PARAMETERS = /\nparams: .*$/s
/** PostgreSQL quotes the value that it could not convert (SQLSTATE class 22, data exception). */
const QUOTED_VALUE = /: ".*"/s

function safeMessage(error: Error): string {
  const message = error.message.replace(QUERY_PARAMETERS, '\nparams: [redacted]')
  return isDataException(error) ? message.replace(QUOTED_VALUE, ': "[redacted]"') : message
}

function isDataException(error: Error): boolean {
  return 'severity' in error && 'code' in error && /^22\w{3}$/.test(String(error.code))
}

/** The frames below the message that is shown; the stack itself repeats the message that must not be. */
function safeStack(error: Error, stack: string, message: string): string {
  const start = stack.indexOf(error.message)
  const below = start === -1 ? stack : stack.slice(start + error.message.length)
  const frames = below.split('\n').filter((line) => /^\s+at /.test(line))
  return [`${error.name}: ${message}`, ...frames].join('\n')
}
