// ClientLogin, judged as Google documented it (developers.google.com/gdata/docs/auth/clientlogin).
import {
  CLIENT_LOGIN_ACCOUNT_TYPES,
  CLIENT_LOGIN_SERVICE,
  type ClientLoginAccountType,
  type ClientLoginError,
} from '../../protocols/c2dm.ts'
import type { Clock } from '../../util/clock.ts'
import type { Random } from '../../util/random.ts'
import type { StrikingFaultBook } from '../faults/fault-book.ts'
import { strike } from '../faults/strike.ts'
import { type Judgement, malformed, type Reply, textReply } from '../server/answer.ts'
import { type Form, isObjection, readForm } from '../server/form-request.ts'
import type { IssuedTokens } from '../server/issued-tokens.ts'
import type { ServiceRequest } from '../server/service-request.ts'
import type { Captchas } from './captchas.ts'

/** The one account that the emulator knows. */
interface EmulatedAccount {
  readonly user: string
  readonly password: string
  readonly accountType: ClientLoginAccountType
}

interface ClientLoginParts {
  readonly account: EmulatedAccount
  readonly tokens: IssuedTokens
  readonly captchas: Captchas
  readonly faults: StrikingFaultBook
  readonly realClock: Clock
  readonly random: Random
}

type LoginJudgement = Judgement & { readonly answer: Reply }

export function createClientLogin(parts: ClientLoginParts): (request: ServiceRequest) => Judgement {
  const { account, tokens, captchas, faults, realClock, random } = parts

  function refuse(code: string): LoginJudgement {
    const lines = code === ('CaptchaRequired' satisfies ClientLoginError) ? captchaLines() : `Error=${code}\n`
    return { answer: textReply(403, lines), outcome: code }
  }

  function captchaLines(): string {
    const { token } = captchas.create()
    return `Url=http://www.google.com/login/captcha\nError=CaptchaRequired\nCaptchaToken=${token}\nCaptchaUrl=Captcha?ctoken=${token}\n`
  }

  function logIn(form: Form): LoginJudgement {
    if (!isAccount(account, form)) return refuse('BadAuthentication' satisfies ClientLoginError)
    const sid = `DQAAA${random.bytes(60).toString('base64url')}`
    const lsid = `DQAAA${random.bytes(60).toString('base64url')}`
    return {
      answer: textReply(200, `SID=${sid}\nLSID=${lsid}\nAuth=${tokens.issue()}\n`),
      outcome: 'accepted',
    }
  }

  return (request) => {
    const form = readForm(request)
    if (isObjection(form)) return malformed(form.status, form.objection)
    const objection = fieldObjection(form)
    // Of malformed input ClientLogin says Unknown; the line Info is the emulator's help for whoever looks.
    if (objection !== undefined) {
      return { answer: textReply(403, `Error=Unknown\nInfo=${objection}\n`), outcome: 'malformed', objection }
    }
    const token = form.get('logintoken')
    const captchaSolved = token !== undefined && captchas.solve(token, form.get('logincaptcha') ?? '')
    const fault = faults.strike({ service: 'client-login', captchaSolved })
    if (fault) return strike(fault, { realClock, take: () => logIn(form), error: refuse })
    if (token !== undefined && !captchaSolved) return refuse('CaptchaRequired')
    return logIn(form)
  }
}

/** What is wrong with the fields. `source` is documented as required, yet logins without it were always taken. */
function fieldObjection(form: Form): string | undefined {
  for (const name of ['Email', 'Passwd', 'service']) {
    if (!form.get(name)) return `The field ${name} is missing.`
  }
  if (form.get('service') !== CLIENT_LOGIN_SERVICE) return `The field service must be ${CLIENT_LOGIN_SERVICE}.`
  const accountType = form.get('accountType')
  if (accountType !== undefined && !CLIENT_LOGIN_ACCOUNT_TYPES.some((known) => known === accountType)) {
    return `The field accountType must be one of ${CLIENT_LOGIN_ACCOUNT_TYPES.join(', ')}.`
  }
  if (form.has('logintoken') !== form.has('logincaptcha')) return 'logintoken and logincaptcha belong together.'
  return undefined
}

function isAccount(account: EmulatedAccount, form: Form): boolean {
  const sameUser = form.get('Email')?.toLowerCase() === account.user.toLowerCase()
  const accountType = form.get('accountType') ?? 'HOSTED_OR_GOOGLE'
  const either = accountType === 'HOSTED_OR_GOOGLE' || account.accountType === 'HOSTED_OR_GOOGLE'
  return sameUser && form.get('Passwd') === account.password && (either || accountType === account.accountType)
}
