// Reads JSON as proto3's JSON mapping has it (protobuf.dev/programming-guides/json): names in lowerCamelCase or as in
// the .proto file, null for absent, and an objection to whatever the message type does not have.
import type { FieldViolation } from './fcm-errors.ts'

/** The type of a field. */
export type FieldType =
  | { readonly kind: 'string' | 'bool' | 'int32' | 'float' | 'duration' | 'timestamp' | 'struct' | 'string-map' }
  | { readonly kind: 'enum'; readonly values: readonly string[] }
  | { readonly kind: 'repeated'; readonly of: FieldType }
  | MessageType

export interface MessageType {
  readonly kind: 'message'
  /** By lowerCamelCase name. */
  readonly fields: Readonly<Record<string, FieldType>>
  /** Fields of which at most one may be there, and the name of that choice. */
  readonly oneof?: { readonly name: string; readonly fields: readonly string[] }
}

export type JsonObject = Readonly<Record<string, unknown>>

/** Returns the value with lowerCamelCase names and without nulls; what is wrong is added to `violations`. */
export function readMessage(type: MessageType, value: unknown, path: string, violations: FieldViolation[]): JsonObject {
  if (!isObject(value)) {
    violations.push(invalid(path, 'MESSAGE', value))
    return {}
  }
  const fields = new Map<string, unknown>()
  for (const [name, given] of Object.entries(value)) {
    const field = camelCase(name)
    const fieldType = Object.hasOwn(type.fields, field) ? type.fields[field] : undefined
    if (!fieldType) violations.push(unknownName(path, name))
    else if (given === null) continue
    else if (fields.has(field)) violations.push(payloadError(path, `Field '${snakeCase(field)}' is already set.`))
    else fields.set(field, readField(fieldType, given, within(path, snakeCase(field)), violations))
  }
  judgeOneof(type, fields, path, violations)
  return Object.fromEntries(fields)
}

function judgeOneof(
  { oneof }: MessageType,
  seen: ReadonlyMap<string, unknown>,
  path: string,
  violations: FieldViolation[],
) {
  const [, second] = oneof?.fields.filter((field) => seen.has(field)) ?? []
  if (oneof === undefined || second === undefined) return
  const text = `oneof field '${oneof.name}' is already set. Cannot set '${snakeCase(second)}'`
  violations.push({ field: path, description: `Invalid value at '${path}' (oneof), ${text}` })
}

function readField(type: FieldType, value: unknown, path: string, violations: FieldViolation[]): unknown {
  switch (type.kind) {
    case 'message':
      return readMessage(type, value, path, violations)
    case 'string-map':
      return readStringMap(value, path, violations)
    case 'repeated':
      if (Array.isArray(value)) {
        return value.map((item, place) => readField(type.of, item, `${path}[${place}]`, violations))
      }
      break
    case 'enum':
      if (type.values.some((known) => known === value)) return value
      violations.push(invalid(path, 'ENUM', value))
      return undefined
    default:
      if (SCALARS[type.kind](value)) return value
  }
  violations.push(invalid(path, type.kind.toUpperCase(), value))
  return undefined
}

const SCALARS: Readonly<
  Record<Exclude<FieldType['kind'], 'message' | 'string-map' | 'repeated' | 'enum'>, (value: unknown) => boolean>
> = {
  string: (value) => typeof value === 'string' && value.isWellFormed(),
  bool: (value) => typeof value === 'boolean',
  // Numbers may be written as strings.
  int32: (value) => /^-?\d{1,10}$/.test(String(value)) && Math.abs(Number(value)) <= 2 ** 31,
  float: (value) =>
    typeof value === 'number' || (typeof value === 'string' && value !== '' && !Number.isNaN(Number(value))),
  duration: (value) => typeof value === 'string' && /^-?\d{1,12}(\.\d{1,9})?s$/.test(value),
  timestamp: (value) =>
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(value),
  struct: isObject,
}

function readStringMap(value: unknown, path: string, violations: FieldViolation[]): JsonObject | undefined {
  if (!isObject(value)) {
    violations.push(invalid(path, 'MAP', value))
    return undefined
  }
  Object.values(value).forEach((item, place) => {
    if (!SCALARS.string(item)) violations.push(invalid(`${path}[${place}].value`, 'TYPE_STRING', item))
  })
  return value
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(field: string, type: string, value: unknown): FieldViolation {
  return { field, description: `Invalid value at '${field}' (${type}), ${JSON.stringify(value)?.slice(0, 200)}` }
}

function payloadError(field: string, what: string): FieldViolation {
  return { field, description: `Invalid JSON payload received. ${what}` }
}

function unknownName(path: string, name: string): FieldViolation {
  return payloadError(path, `Unknown name "${name}"${path === '' ? '' : ` at '${path}'`}: Cannot find field.`)
}

function within(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
