// JSON as it comes back out of a jsonb column: postgresql.org/docs/current/datatype-json.html.

/** The keys of each object stand by their length in bytes, and then by their bytes. */
export function asStored<T>(value: T): T {
  return inStoredOrder(JSON.parse(JSON.stringify(value))) as T
}

function inStoredOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inStoredOrder)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]) => ({ key, inner, bytes: Buffer.from(key) }))
  entries.sort((a, b) => a.bytes.length - b.bytes.length || Buffer.compare(a.bytes, b.bytes))
  return Object.fromEntries(entries.map(({ key, inner }) => [key, inStoredOrder(inner)]))
}
