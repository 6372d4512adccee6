// One app's keys for identity tokens: a shared secret, or a set of public keys.
import { readFileSync } from 'node:fs'
import type { JSONWebKeySet } from 'jose'
import * as z from 'zod'
import type { CheckedOptions } from './check-options.ts'

export interface ResolvedIdentity {
  readonly secret: string | undefined
  readonly jwks: JSONWebKeySet | undefined
}

/** Undefined: the app takes no identity tokens. */
export function resolveIdentity(app: string, checked: CheckedOptions): ResolvedIdentity | undefined {
  const secret = checked.read('apps.<app>.identity.secret', app)
  const jwks = resolveKeySet(app, checked)
  return secret === undefined && jwks === undefined ? undefined : { secret, jwks }
}

/** RFC 7517 §5; keys of other kinds than those of RS256 and ES256 are never used. */
const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.enum(['RSA', 'EC']) })).min(1) })

function resolveKeySet(app: string, checked: CheckedOptions): JSONWebKeySet | undefined {
  const given = checked.read('apps.<app>.identity.jwks', app)
  if (given === undefined) return undefined
  try {
    const text = given.trimStart().startsWith('{') ? given : readFileSync(given, 'utf8')
    return keySet.parse(JSON.parse(text)) as JSONWebKeySet
  } catch (error) {
    const label = checked.label('apps.<app>.identity.jwks', app)
    const isFileError = error instanceof Error && 'syscall' in error && 'code' in error
    const why = isFileError ? `names a file that cannot be read (${error.code})` : 'holds no set of public keys'
    checked.problems.push(`${label} ${why}; it must be a JSON Web Key Set with RSA or EC keys, or a file with one.`)
    return undefined
  }
}
