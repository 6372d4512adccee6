// A token given by the operator. Only Update-Client-Auth renews it; such a replacement is kept, and used in its place.
import type { Logger } from '../../util/logger.ts'
import type { CredentialDrawer } from './credential-drawer.ts'
import type { C2dmCredentials, TokenResult } from './credentials.ts'

export interface GivenTokenInput {
  readonly given: string
  readonly drawer: CredentialDrawer
  readonly logger: Logger
}

export function givenTokenCredentials({ given, drawer, logger }: GivenTokenInput): C2dmCredentials {
  let current: string | undefined

  const renew = async (refused: string): Promise<TokenResult> => {
    if (current !== undefined && current !== refused) return { kind: 'token', token: current }
    const stored = (await drawer.token())?.value
    if (stored === refused) await drawer.discardToken(refused)
    const next = stored === refused ? undefined : stored
    if (next === undefined && refused === given) {
      logger.error('C2DM refused the given token; a new one is needed', {
        cure: 'Set C2DM_AUTH_TOKEN anew (`sendword c2dm login` prints one), or give user and password instead.',
      })
      return { kind: 'refused', reason: 'C2DM refused the given token', probe: true }
    }
    current = next ?? given
    return { kind: 'token', token: current }
  }

  return {
    async current() {
      current ??= (await drawer.token())?.value ?? given
      return { kind: 'token', token: current }
    },
    renew,
    async replace(token) {
      if (token === current) return
      current = token
      logger.info('C2DM replaced its token')
      await drawer.keepToken(token)
    },
    worked() {},
  }
}
