// What a fault rule may say: which requests it strikes, and what happens to them.
import * as z from 'zod'
import { APNS_REASONS, type ApnsReason } from '../../protocols/apns.ts'
import { C2DM_ERRORS, type C2dmError, CLIENT_LOGIN_ERRORS, type ClientLoginError } from '../../protocols/c2dm.ts'
import { OAUTH_ERRORS, type OauthError } from '../../protocols/fcm.ts'
import type { AutopushErrorName } from '../../protocols/web-push.ts'
import { EmulatorError } from '../emulator-error.ts'
import { FCM_FAULT_CODES, type FcmFaultCode, QUOTAS, type Quota } from '../fcm/fcm-errors.ts'
import { AUTOPUSH_FAULT_CODES } from '../webpush/autopush-error.ts'

export const EMULATED_SERVICES = ['c2dm', 'client-login', 'fcm', 'google-oauth', 'webpush', 'apns'] as const
export type EmulatedService = (typeof EMULATED_SERVICES)[number]

const ERROR_CODES: Readonly<Record<EmulatedService, readonly string[]>> = {
  c2dm: C2DM_ERRORS,
  'client-login': CLIENT_LOGIN_ERRORS,
  fcm: FCM_FAULT_CODES,
  'google-oauth': OAUTH_ERRORS,
  webpush: AUTOPUSH_FAULT_CODES,
  apns: APNS_REASONS,
}

/** HTTP/2 error codes that a stream may be reset with. */
const RESET_CODES = ['CANCEL', 'INTERNAL_ERROR'] as const
type ResetCode = (typeof RESET_CODES)[number]

/** HTTP/2 error codes that a connection may be ended with. */
const GOAWAY_CODES = ['NO_ERROR', 'INTERNAL_ERROR', 'ENHANCE_YOUR_CALM'] as const
type GoAwayCode = (typeof GOAWAY_CODES)[number]

/**
 * What happens to a request that a rule strikes. With `delivers` the request is taken first, as if all were well (the
 * message arrives, the login counts), and only its answer is lost or wrong. Default: it is not taken.
 */
export type FaultEffect =
  /** A documented error of the service, in the form and with the status that the service gives it. */
  | {
      readonly kind: 'error'
      readonly code: C2dmError | ClientLoginError | FcmFaultCode | OauthError | AutopushErrorName | ApnsReason
      /**
       * FCM and Web Push: the header Retry-After, as for `status`. Default: FCM 30 seconds for UNAVAILABLE and INTERNAL,
       * Web Push 120 seconds with 429 and 503, else none.
       */
      readonly retryAfter?: number | string | undefined
      /** FCM, QUOTA_EXCEEDED: whose rate was exceeded. Default `project`. */
      readonly quota?: Quota | undefined
    }
  /** Any HTTP status from 200. */
  | {
      readonly kind: 'status'
      readonly status: number
      /**
       * The header Retry-After: a number of seconds; `date:<ms>` as an HTTP-date so many milliseconds from now
       * (rounded up to whole seconds); any other text as it stands. Default: no such header.
       */
      readonly retryAfter?: number | string | undefined
      /** Default: empty. */
      readonly body?: string | undefined
      /** Default: `text/html; charset=UTF-8`. */
      readonly contentType?: string | undefined
      readonly delivers?: boolean | undefined
    }
  /** Taken as usual; the answer comes so many milliseconds later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The connection stays open, and no answer ever comes. */
  | { readonly kind: 'no-answer'; readonly delivers?: boolean | undefined }
  /** The connection is reset (TCP RST), with whatever else is under way on it. */
  | { readonly kind: 'reset'; readonly delivers?: boolean | undefined }
  /** The connection, in HTTP/2 the stream, ends in the middle of the answer's body. */
  | { readonly kind: 'torn'; readonly delivers?: boolean | undefined }
  /** C2DM: taken as usual; the answer carries a new token in Update-Client-Auth. */
  | {
      readonly kind: 'update-client-auth'
      /** Whether the token that the request came with goes on being accepted. Default true. */
      readonly keepsOld?: boolean | undefined
    }
  /** Status 200 with a body that means nothing. */
  | {
      readonly kind: 'garbage'
      /** Default: an HTML page. The empty string is allowed. */
      readonly body?: string | undefined
      readonly delivers?: boolean | undefined
    }
  /** HTTP/2: taken and answered as usual, and the connection ends with a GOAWAY. */
  | {
      readonly kind: 'goaway'
      /** Default `NO_ERROR`. */
      readonly code?: GoAwayCode | undefined
      /** Whether streams that have begun after this request are left unprocessed; else they are answered. Default true. */
      readonly refusesLater?: boolean | undefined
      /** APNs: what its debug data says. Default `Shutdown`. */
      readonly reason?: ApnsReason | undefined
    }
  /** HTTP/2: the stream is reset with REFUSED_STREAM, which says that nothing was processed. */
  | { readonly kind: 'refused-stream' }
  /** HTTP/2: the stream is reset with a code that says nothing of what was processed. */
  | {
      readonly kind: 'stream-reset'
      /** Default `INTERNAL_ERROR`. */
      readonly code?: ResetCode | undefined
      readonly delivers?: boolean | undefined
    }

export interface FaultRule {
  readonly service: EmulatedService
  /** Only sends to this address. Default: all. */
  readonly address?: string | undefined
  /** C2DM's name for the address. */
  readonly registrationId?: string | undefined
  /** Strikes so many requests, then never again. Default: no end. */
  readonly times?: number | undefined
  /** Lets the first so many matching requests pass. Default 0. */
  readonly after?: number | undefined
  /** Strikes by chance: 0.01 is one in a hundred of those that it could strike. Above 0, up to 1. Default 1. */
  readonly share?: number | undefined
  readonly effect: FaultEffect
}

const count = z.int().min(0).max(1_000_000_000)
const delivers = z.boolean().optional()
const headerText = z
  .string()
  .max(1000)
  .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII')
const body = z.string().max(100_000).optional()
const retryAfter = z.union([count, headerText]).optional()
const address = z.string().min(1).max(4096).optional()

const effectSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('error'),
    code: z.enum([
      ...C2DM_ERRORS,
      ...CLIENT_LOGIN_ERRORS,
      ...FCM_FAULT_CODES,
      ...OAUTH_ERRORS,
      ...AUTOPUSH_FAULT_CODES,
      ...APNS_REASONS,
    ]),
    retryAfter,
    quota: z.enum(QUOTAS).optional(),
  }),
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(200).max(599),
    retryAfter,
    body,
    contentType: headerText.optional(),
    delivers,
  }),
  z.strictObject({ kind: z.literal('delay'), ms: z.int().min(0).max(3_600_000) }),
  z.strictObject({ kind: z.literal('no-answer'), delivers }),
  z.strictObject({ kind: z.literal('reset'), delivers }),
  z.strictObject({ kind: z.literal('torn'), delivers }),
  z.strictObject({ kind: z.literal('update-client-auth'), keepsOld: z.boolean().optional() }),
  z.strictObject({ kind: z.literal('garbage'), body, delivers }),
  z.strictObject({
    kind: z.literal('goaway'),
    code: z.enum(GOAWAY_CODES).optional(),
    refusesLater: z.boolean().optional(),
    reason: z.enum(APNS_REASONS).optional(),
  }),
  z.strictObject({ kind: z.literal('refused-stream') }),
  z.strictObject({ kind: z.literal('stream-reset'), code: z.enum(RESET_CODES).optional(), delivers }),
])

const ruleSchema: z.ZodType<FaultRule> = z
  .strictObject({
    service: z.enum(EMULATED_SERVICES),
    address,
    registrationId: address,
    times: count.min(1).optional(),
    after: count.optional(),
    share: z.number().gt(0).max(1).optional(),
    effect: effectSchema,
  })
  .superRefine((rule, context) => {
    for (const [path, message] of objections(rule)) context.addIssue({ code: 'custom', path: [...path], message })
  })

type RuleObjection = readonly [path: readonly string[], message: string]

/** What does not fit together. */
function objections({ service, address, registrationId, effect }: FaultRule): RuleObjection[] {
  const found: RuleObjection[] = []
  const takesMessages = service !== 'client-login' && service !== 'google-oauth'
  if (!takesMessages && registrationId !== undefined) found.push([['registrationId'], 'a login is for no address'])
  if (!takesMessages && address !== undefined) found.push([['address'], 'a login is for no address'])
  if (registrationId !== undefined && (address !== undefined || service !== 'c2dm')) {
    found.push([['registrationId'], "is C2DM's name for the address; give one address"])
  }
  return [...found, ...effectObjections(service, effect)]
}

function effectObjections(service: EmulatedService, effect: FaultEffect): RuleObjection[] {
  const found: RuleObjection[] = []
  if (effect.kind === 'error') found.push(...errorObjections(service, effect))
  if (effect.kind === 'update-client-auth' && service !== 'c2dm') {
    found.push([['effect', 'kind'], 'only C2DM has update-client-auth'])
  }
  if (effect.kind === 'goaway' && effect.reason !== undefined && service !== 'apns') {
    found.push([['effect', 'reason'], 'is for APNs'])
  }
  if (needsHttp2(effect) && (service === 'c2dm' || service === 'client-login')) {
    found.push([['effect', 'kind'], `${service} speaks HTTP/1.1, which has no ${effect.kind}`])
  }
  return found
}

function errorObjections(service: EmulatedService, effect: FaultEffect & { kind: 'error' }): RuleObjection[] {
  const found: RuleObjection[] = []
  const codes = ERROR_CODES[service]
  if (!codes.includes(effect.code)) {
    found.push([['effect', 'code'], `is not an error of ${service}: ${codes.join(', ')}`])
  }
  if (effect.retryAfter !== undefined && service !== 'fcm' && service !== 'webpush') {
    found.push([['effect', 'retryAfter'], 'is for FCM and Web Push'])
  }
  if (effect.quota !== undefined && effect.code !== 'QUOTA_EXCEEDED') {
    found.push([['effect', 'quota'], 'is for QUOTA_EXCEEDED'])
  }
  return found
}

function needsHttp2({ kind }: FaultEffect): boolean {
  return kind === 'goaway' || kind === 'refused-stream' || kind === 'stream-reset'
}

/** Returns the rule, or throws EMULATOR_INPUT with everything that is wrong with it. */
export function parseFaultRule(input: unknown): FaultRule {
  const parsed = ruleSchema.safeParse(input)
  if (parsed.success) return parsed.data
  throw new EmulatorError('EMULATOR_INPUT', `The fault rule is not valid: ${issuesText(parsed.error)}.`)
}

/** One sentence fragment per issue, each with the place it speaks of. */
export function issuesText(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .join('; ')
}
