// The file in which the subscriptions of real browsers outlive the emulator.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import * as z from 'zod'
import { EmulatorError } from '../emulator-error.ts'

const stateSchema = z.object({
  userAgents: z.array(
    z.object({
      uaid: z.string().min(1).max(128),
      channels: z.array(
        z.object({ channelID: z.string(), token: z.string(), applicationServerKey: z.string().optional() }),
      ),
    }),
  ),
})

export type AutopushState = z.infer<typeof stateSchema>

/** Throws EMULATOR_INPUT for a file that is not one of these; one that is missing is empty. */
export function readState(file: string): AutopushState {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return { userAgents: [] }
    throw unusable(file, 'it cannot be read', cause)
  }
  try {
    return stateSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw unusable(file, "it is not one of the emulator's; name another, or delete it", cause)
  }
}

/** Whole or not at all: whoever reads it never finds half a file. Throws EMULATOR_INPUT where it cannot be written. */
export function writeState(file: string, state: AutopushState): void {
  const next = `${file}.next`
  try {
    writeFileSync(next, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 })
    renameSync(next, file)
  } catch (cause) {
    throw unusable(file, 'it cannot be written; name one in a folder that is there', cause)
  }
}

function unusable(file: string, reason: string, cause: unknown): EmulatorError {
  return new EmulatorError('EMULATOR_INPUT', `webpush.stateFile ${file}: ${reason}.`, { cause })
}
