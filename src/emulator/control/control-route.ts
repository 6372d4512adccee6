// What a route of the control API is, and what all routes make use of.
import type { ServerResponse } from 'node:http'
import { EmulatorError } from '../emulator-error.ts'

interface ControlCall {
  /** The path's variable segment; empty when it has none. */
  readonly id: string
  readonly query: string
  /** The JSON body; undefined when there was none. */
  readonly body: unknown
  /** Aborts when the client leaves. */
  readonly left: AbortSignal
}

export interface ControlResult {
  readonly status: number
  /** Sent as JSON; none when undefined. */
  readonly body?: unknown
  readonly location?: string
  /** Sent instead of JSON. */
  readonly text?: { readonly contentType: string; readonly body: string }
  /** Writes the answer by itself, and goes on with it. */
  stream?(response: ServerResponse): void
}

export interface ControlRoute {
  readonly method: string
  /** Segments; `*` is the variable one. */
  readonly path: readonly string[]
  handle(call: ControlCall): ControlResult | Promise<ControlResult>
}

/** Query parameters of a list that can be waited for, and their bounds. */
export const LONG_POLL = { after: Number.MAX_SAFE_INTEGER, wait: 60_000 }

export const done: ControlResult = { status: 204 }

export function route(method: string, path: string, handle: ControlRoute['handle']): ControlRoute {
  return { method, path: path.slice(1).split('/'), handle }
}

export function ok(body: unknown): ControlResult {
  return { status: 200, body }
}

/** Waits unless something is there already; that nothing came in time is no error. */
export async function arrival(present: boolean, next: () => Promise<unknown>): Promise<void> {
  if (present) return
  try {
    await next()
  } catch (error) {
    if (!(error instanceof EmulatorError && error.code === 'EMULATOR_TIMEOUT')) throw error
  }
}
