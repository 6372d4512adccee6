// Text for people: rows in columns, and names with their values.

/** Columns as wide as their widest cell, two spaces apart. */
export function columns(rows: ReadonlyArray<readonly string[]>): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length)
  }
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** `name  value` lines; a value that is undefined has no line. */
export function facts(pairs: Readonly<Record<string, string | undefined>>): string[] {
  return columns(Object.entries(pairs).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

export function time(date: Date | undefined): string | undefined {
  return date?.toISOString()
}
