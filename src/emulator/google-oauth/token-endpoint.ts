// Google's OAuth 2.0 token endpoint, for service accounts: an assertion for an access token (RFC 7523, RFC 6749 §5).
import { JWT_BEARER_GRANT, type OauthError } from '../../protocols/fcm.ts'
import type { Clock } from '../../util/clock.ts'
import type { StrikingFaultBook } from '../faults/fault-book.ts'
import { strike } from '../faults/strike.ts'
import { type Judgement, jsonReply, type Reply } from '../server/answer.ts'
import { isObjection, readForm } from '../server/form-request.ts'
import type { IssuedTokens } from '../server/issued-tokens.ts'
import type { ServiceRequest } from '../server/service-request.ts'
import { type AssertionGrant, isRefusal, judgeAssertion } from './assertion.ts'
import type { EmulatedServiceAccount } from './service-account.ts'

interface TokenEndpointParts {
  readonly account: EmulatedServiceAccount
  readonly tokens: IssuedTokens<AssertionGrant>
  readonly tokenLifetimeMs: number
  readonly faults: StrikingFaultBook
  /** Who signs an assertion looks at this clock. */
  readonly realClock: Clock
}

type TokenJudgement = Judgement & { readonly answer: Reply }

/** RFC 6749 §5.2: 401 only where the client itself is refused; faults of the service have their own status. */
const STATUS: Readonly<Partial<Record<OauthError, number>>> = {
  invalid_client: 401,
  unauthorized_client: 401,
  deleted_client: 401,
  disabled_client: 401,
  access_denied: 403,
  org_internal: 403,
  internal_failure: 500,
  server_error: 500,
  temporarily_unavailable: 503,
}
const NO_STORE = { 'cache-control': 'no-cache, no-store, max-age=0, must-revalidate', pragma: 'no-cache' }

export function createTokenEndpoint(parts: TokenEndpointParts): (request: ServiceRequest) => Judgement {
  const { account, tokens, tokenLifetimeMs, faults, realClock } = parts

  function grantToken(assertion: string): TokenJudgement {
    const judged = judgeAssertion(assertion, account, realClock.now())
    if (isRefusal(judged)) return refuse(judged.error, judged.description)
    const token = {
      access_token: tokens.issue(judged),
      expires_in: Math.floor(tokenLifetimeMs / 1000),
      token_type: 'Bearer',
    }
    return { answer: jsonReply(200, token, NO_STORE), outcome: 'accepted' }
  }

  return (request) => {
    const form = readForm(request)
    if (isObjection(form)) return malformed('invalid_request', form.objection, form.status)
    const grantType = form.get('grant_type') ?? ''
    if (grantType !== JWT_BEARER_GRANT) return malformed('unsupported_grant_type', `Invalid grant_type: ${grantType}`)
    const assertion = form.get('assertion') ?? ''
    if (assertion === '') return malformed('invalid_request', 'Missing required parameter: assertion')
    const fault = faults.strike({ service: 'google-oauth' })
    if (!fault) return grantToken(assertion)
    return strike(fault, {
      realClock,
      take: () => grantToken(assertion),
      error: (code) => refuse(code, 'The emulator was told to answer so.'),
    })
  }
}

function refuse(error: string, description: string, status = STATUS[error as OauthError] ?? 400): TokenJudgement {
  const body = { error, error_description: description }
  return { answer: jsonReply(status, body, NO_STORE), outcome: error, objection: description }
}

function malformed(error: OauthError, objection: string, status = 400): TokenJudgement {
  return { ...refuse(error, objection, status), outcome: 'malformed' }
}
