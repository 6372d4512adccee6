// JSON Merge Patch, RFC 7396: an object laid over another, key by key and at every depth; null takes a key away.
import { isObject } from './json-object.ts'

/** Changes neither argument. What is no object, arrays too, replaces whole what was there. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const merged = new Map(isObject(target) ? Object.entries(target) : [])
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue
    if (value === null) merged.delete(key)
    else merged.set(key, mergePatch(merged.get(key), value))
  }
  // Unlike an assignment, this makes an own property of `__proto__` as well.
  return Object.fromEntries(merged)
}
