// What a fault rule may say: which requests it strikes, and what happens to them.
import * as z from 'zod'
import { C2DM_ERRORS, type C2dmError, CLIENT_LOGIN_ERRORS, type ClientLoginError } from '../../protocols/c2dm.ts'
import { EmulatorError } from '../emulator-error.ts'

export const EMULATED_SERVICES = ['c2dm', 'client-login'] as const
export type EmulatedService = (typeof EMULATED_SERVICES)[number]

/**
 * What happens to a request that a rule strikes. With `delivers` the request is taken first, as if all were well (the
 * message arrives, the login counts), and only its answer is lost or wrong. Default: it is not taken.
 */
export type FaultEffect =
  /** A documented error of the service, in the form and with the status that the service gives it. */
  | { readonly kind: 'error'; readonly code: C2dmError | ClientLoginError }
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
  /** The connection is reset (TCP RST). */
  | { readonly kind: 'reset'; readonly delivers?: boolean | undefined }
  /** The connection ends in the middle of the answer's body. */
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

export interface FaultRule {
  readonly service: EmulatedService
  /** C2DM: only sends to this registration id. Default: all. */
  readonly registrationId?: string | undefined
  /** Strikes so many requests, then never again. Default: no end. */
  readonly times?: number | undefined
  /** Lets the first so many matching requests pass. Default 0. */
  readonly after?: number | undefined
  readonly effect: FaultEffect
}

const count = z.int().min(0).max(1_000_000_000)
const delivers = z.boolean().optional()
const headerText = z
  .string()
  .max(1000)
  .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII')
const body = z.string().max(100_000).optional()

const effectSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('error'), code: z.enum([...C2DM_ERRORS, ...CLIENT_LOGIN_ERRORS]) }),
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(200).max(599),
    retryAfter: z.union([count, headerText]).optional(),
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
])

const ruleSchema: z.ZodType<FaultRule> = z
  .strictObject({
    service: z.enum(EMULATED_SERVICES),
    registrationId: z.string().min(1).max(4096).optional(),
    times: count.min(1).optional(),
    after: count.optional(),
    effect: effectSchema,
  })
  .superRefine(({ service, registrationId, effect }, context) => {
    const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message })
    if (effect.kind === 'error') {
      const codes: readonly string[] = service === 'c2dm' ? C2DM_ERRORS : CLIENT_LOGIN_ERRORS
      if (!codes.includes(effect.code)) refuse(['effect', 'code'], `is not an error of ${service}: ${codes.join(', ')}`)
    }
    if (service === 'c2dm') return
    if (registrationId !== undefined) refuse(['registrationId'], 'a login is for no registration id')
    if (effect.kind === 'update-client-auth') refuse(['effect', 'kind'], 'only C2DM has update-client-auth')
  })

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
