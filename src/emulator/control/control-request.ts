// Reads what a control request carries, and says exactly what is wrong with it.
import type { IncomingMessage } from 'node:http'
import type * as z from 'zod'
import { EmulatorError } from '../emulator-error.ts'
import { issuesText } from '../faults/fault-rule.ts'

/** Above the largest fault rule. */
const MAX_BODY_BYTES = 262_144

/** The JSON value in the body, or undefined when there is none. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    // Read on to the end: an answer before it would reset the connection under the client that is still writing.
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk)
    else if (bytes > 16 * MAX_BODY_BYTES) break
  }
  if (bytes > MAX_BODY_BYTES) throw wrong(`The body is longer than ${MAX_BODY_BYTES} bytes.`)
  if (bytes === 0) return undefined
  // Also keeps web pages out: a browser asks before it sends this type to another origin.
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    throw wrong('The Content-Type of the body must be application/json.')
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)))
  } catch {
    throw wrong('The body is not JSON in UTF-8.')
  }
}

/** The value as the schema has it, or EMULATOR_INPUT. */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  throw wrong(`The body is not valid: ${issuesText(parsed.error)}.`)
}

/** Query parameters that are whole numbers from 0 to the bound given by name; 0 when absent. */
export function readNumbers<Name extends string>(query: string, bounds: Record<Name, number>): Record<Name, number> {
  const known = Object.entries<number>(bounds)
  const numbers = Object.fromEntries(known.map(([name]) => [name, 0]))
  const seen = new Set<string>()
  for (const [name, value] of new URLSearchParams(query)) {
    const bound = known.find(([knownName]) => knownName === name)?.[1]
    if (bound === undefined) throw wrong(`There is no query parameter ${name} here.`)
    if (seen.has(name)) throw wrong(`The query parameter ${name} is there more than once.`)
    seen.add(name)
    const number = Number(value)
    if (!/^\d{1,16}$/.test(value) || number > bound) {
      throw wrong(`The query parameter ${name} must be a whole number from 0 to ${bound}.`)
    }
    numbers[name] = number
  }
  return numbers as Record<Name, number>
}

/** The segments of a path, each percent-decoded. */
export function readSegments(path: string): string[] {
  try {
    return path
      .slice(1)
      .split('/')
      .map((segment) => decodeURIComponent(segment))
  } catch {
    throw wrong('The path has a broken percent-encoding.')
  }
}

function wrong(text: string): EmulatorError {
  return new EmulatorError('EMULATOR_INPUT', text)
}
