// What is known of one option.
import type { OptionKind } from './option-kinds.ts'

export interface OptionEntry {
  readonly kind: OptionKind<unknown>
  /** Names in the environment; the first one that is set counts. */
  readonly env: readonly string[]
  /** Kinds for names that take less than the option itself does. */
  readonly envKinds?: Readonly<Record<string, OptionKind<unknown>>>
  readonly default?: unknown
  /** True: no error shows the value. */
  readonly secret?: true
  /** One line: meaning and unit. */
  readonly about: string
}
