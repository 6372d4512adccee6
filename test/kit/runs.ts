// How often a property is tried: `npm run properties -- --runs 10` tries ten times as often.
import { inject } from 'vitest'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Undefined: once as often. */
    properties: { readonly factor: number; readonly seed: number | undefined } | undefined
  }
}

export function runs(usual: number): { readonly numRuns: number; readonly seed?: number } {
  const { factor = 1, seed } = inject('properties') ?? {}
  return { numRuns: Math.max(1, Math.round(usual * factor)), ...(seed !== undefined && { seed }) }
}

/** The time limit of a test that tries a property: by far more than it takes on any machine. */
export const PATIENCE_MS = 600_000
