// What of a message differs by recipient: its variables.

/** What stands for `{{name}}` in the message to one recipient: what was given for him, his label, or the default. */
export interface Variable {
  /** The label of the device, or else of its user, that has the value. */
  readonly label?: string | undefined
  /** For recipients without a value of their own. */
  readonly default: string
  /** Bytes (UTF-8) after which a value is cut, 1 to 1024. Default 128. */
  readonly maxBytes?: number | undefined
}

export type Variables = Readonly<Record<string, Variable>>

export const DEFAULT_VALUE_BYTES = 128
export const MAX_VALUE_BYTES = 1024

/** A variable's name. */
export const NAME_PATTERN = '[A-Za-z_][A-Za-z0-9_]{0,63}'
export const VARIABLE_NAME = new RegExp(`^${NAME_PATTERN}$`)

/** Undefined for a name that the message does not have, whatever objects have by themselves. */
export function variableOf(variables: Variables, name: string): Variable | undefined {
  return Object.hasOwn(variables, name) ? variables[name] : undefined
}
