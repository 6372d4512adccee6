// Rows for one statement: columns as arrays for `unnest`, so that a thousand rows cost one round trip and one plan.

/** Turns rows into one array per picked column, in the order of `pick`. */
export function columns<Row>(rows: readonly Row[], ...pick: ReadonlyArray<(row: Row) => unknown>): unknown[][] {
  return pick.map((column) => rows.map(column))
}
