// Rows for one statement: columns as arrays for `unnest`, so that a thousand rows cost one round trip and one plan.

/**
 * Turns rows into one array per picked column, in the order of `pick`, each in PostgreSQL's own text form: the drivers'
 * conversion looks at every value several times, which a broadcast feels.
 */
export function columns<Row>(rows: readonly Row[], ...pick: ReadonlyArray<(row: Row) => Value>): string[] {
  return pick.map((column) => arrayLiteral(rows, column))
}

type Value = string | number | boolean | Uint8Array | null

/** What stands in an array as it is: postgresql.org/docs/current/arrays.html#ARRAYS-IO. */
const PLAIN = /^[\w:.%+/@-]+$/
const NULL_WORD = /^null$/i

function arrayLiteral<Row>(rows: readonly Row[], pick: (row: Row) => Value): string {
  let literal = '{'
  // In many columns one row after the other says the same.
  let last: Value | undefined
  let text = ''
  for (const row of rows) {
    if (literal.length > 1) literal += ','
    const value = pick(row)
    if (value !== last) text = element(value)
    last = value
    literal += text
  }
  return `${literal}}`
}

function element(value: Value): string {
  if (value === null) return 'NULL'
  if (typeof value === 'string') {
    return PLAIN.test(value) && !NULL_WORD.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`
  }
  // The backslash of bytea's form is one of the array's too.
  if (value instanceof Uint8Array) return `"\\\\x${Buffer.from(value).toString('hex')}"`
  return String(value)
}
