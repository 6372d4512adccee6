// Application Default Credentials: the file that GOOGLE_APPLICATION_CREDENTIALS names, gcloud's own, workload identity, or
// the metadata server of Google Cloud, as Google's library finds them. It keeps and renews the token itself.
import type { GoogleAuth } from 'google-auth-library'
import { type ProxyOptions, proxyFor } from '../../net/proxy.ts'
import { untilAborted } from '../../net/until-aborted.ts'
import { FCM_SCOPE, GOOGLE_TOKEN_URL } from '../../protocols/fcm.ts'
import type { Clock } from '../../util/clock.ts'
import type { Logger } from '../../util/logger.ts'
import { singleFlight } from '../../util/single-flight.ts'
import type { FcmCredentials, TokenResult } from './credentials.ts'

export interface DefaultCredentialsInput {
  /** Undefined: that of the surroundings. */
  readonly projectId: string | undefined
  readonly proxy: ProxyOptions | undefined
  /** After a failure: milliseconds until the next try. */
  readonly pauseMs: number
  readonly clock: Clock
  readonly logger: Logger
}

type Failure = Exclude<TokenResult, { kind: 'token' }>

export function defaultCredentials(input: DefaultCredentialsInput): FcmCredentials {
  const { projectId, clock, logger } = input
  let auth: Promise<GoogleAuth> | undefined
  let project = projectId
  let pause: { readonly until: number; readonly result: Failure } | undefined

  const ask = async (): Promise<TokenResult> => {
    auth ??= openAuth(input)
    const google = await auth
    const token = await google.getAccessToken()
    project ??= await google.getProjectId()
    return token ? { kind: 'token', token, project } : { kind: 'refused', reason: 'no access token' }
  }

  const obtain = singleFlight(async (): Promise<TokenResult> => {
    if (pause !== undefined && clock.now() < pause.until) return pause.result
    try {
      return await ask()
    } catch (error) {
      auth = undefined
      const result = judge(error)
      pause = { until: clock.now() + input.pauseMs, result }
      logger[result.kind === 'refused' ? 'error' : 'warn']('Application Default Credentials gave no access token', {
        reason: result.reason,
      })
      return result
    }
  })

  return {
    // Google's library knows whether its token still works, and says so by a promise.
    held: () => undefined,
    current: (signal) => untilAborted(obtain(), signal),
    async renew(refused, signal) {
      // A library that is opened anew has no token, so it asks for one.
      auth = undefined
      const result = await untilAborted(obtain(), signal)
      if (result.kind !== 'token' || result.token !== refused) return result
      return { kind: 'refused', reason: 'FCM refuses the access token of the default credentials' }
    },
    forgetRefusal() {
      pause = undefined
    },
  }
}

/** Loaded when it is needed: it is large, and most have a key file. */
async function openAuth({ proxy, projectId }: DefaultCredentialsInput): Promise<GoogleAuth> {
  const { GoogleAuth } = await import('google-auth-library')
  const through = proxyFor(new URL(GOOGLE_TOKEN_URL), proxy)
  return new GoogleAuth({
    scopes: FCM_SCOPE,
    ...(projectId !== undefined && { projectId }),
    ...(through && { clientOptions: { transporterOptions: { proxy: through.href } } }),
  })
}

/** Google's errors may quote requests: only a status, an OAuth error or the kind of trouble is taken from them. */
function judge(error: unknown): Failure {
  const status = readStatus(error)
  if (status !== undefined && status < 500 && status !== 429) {
    return { kind: 'refused', reason: `default credentials: HTTP ${status}` }
  }
  if (status !== undefined) return { kind: 'unavailable', reason: `default credentials: HTTP ${status}` }
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
  if (code !== undefined && /^(E[A-Z]+|ERR_[A-Z_]+)$/.test(code) && code !== 'ENOENT') {
    return { kind: 'unavailable', reason: `default credentials: ${code}` }
  }
  const text = error instanceof Error ? error.message : ''
  if (/project/i.test(text)) return { kind: 'refused', reason: 'no project id: set projectId' }
  return { kind: 'refused', reason: 'no default credentials: set serviceAccount, or GOOGLE_APPLICATION_CREDENTIALS' }
}

function readStatus(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('response' in error)) return undefined
  const { response } = error
  const isAnswer = typeof response === 'object' && response !== null && 'status' in response
  return isAnswer && typeof response.status === 'number' ? response.status : undefined
}
