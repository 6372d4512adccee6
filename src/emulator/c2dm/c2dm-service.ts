// ClientLogin and C2DM by path, with the account that they know.
import {
  C2DM_SEND_PATH,
  CLIENT_LOGIN_PATH,
  type ClientLoginAccountType,
  GOOGLE_LOGIN_SCHEME,
} from '../../protocols/c2dm.ts'
import type { Clock } from '../../util/clock.ts'
import type { Random } from '../../util/random.ts'
import type { DeviceTable } from '../devices/device-table.ts'
import type { EmulatedC2dmOptions } from '../emulator-options.ts'
import type { StrikingFaultBook } from '../faults/fault-book.ts'
import type { QuotaBook } from '../quotas/quota-book.ts'
import type { EmulatedEndpoint } from '../server/exchange.ts'
import { createIssuedTokens } from '../server/issued-tokens.ts'
import { type Captchas, createCaptchas } from './captchas.ts'
import { createClientLogin } from './client-login.ts'
import { createC2dm } from './send.ts'

export interface C2dmCredentials {
  readonly user: string
  readonly password: string
  readonly accountType: ClientLoginAccountType
  readonly appName: string
}

export interface C2dmService {
  readonly credentials: C2dmCredentials
  readonly captchas: Captchas
  readonly endpoints: ReadonlyMap<string, EmulatedEndpoint>
  expireTokens(): void
  /** As freshly started. */
  reset(): void
}

interface C2dmServiceParts {
  readonly options: EmulatedC2dmOptions
  readonly devices: DeviceTable
  readonly faults: StrikingFaultBook
  readonly clock: Clock
  readonly realClock: Clock
  readonly random: Random
  readonly quotas: QuotaBook
}

export function createC2dmService(parts: C2dmServiceParts): C2dmService {
  const { options, devices, faults, clock, realClock, random, quotas } = parts
  const { countBytes = 'encoded', tokenSends, tokenLifetimeMs } = options
  const account = credentialsOf(options, random)
  // Without padding: clients of the time split a line at its last "=".
  const newToken = () => `DQAAA${random.bytes(120).toString('base64url')}`
  const tokens = createIssuedTokens({ clock, scheme: GOOGLE_LOGIN_SCHEME, newToken, tokenSends, tokenLifetimeMs })
  const captchas = createCaptchas(random)
  const judgeLogin = createClientLogin({ account, tokens, captchas, faults, realClock, random })
  const judgeSend = createC2dm({ devices, tokens, faults, clock, realClock, random, countBytes, quotas })
  return {
    credentials: account,
    captchas,
    endpoints: new Map([
      [CLIENT_LOGIN_PATH, { service: 'client-login', bodyEncoding: 'latin1', judge: judgeLogin }],
      [C2DM_SEND_PATH, { service: 'c2dm', bodyEncoding: 'latin1', judge: judgeSend }],
    ]),
    expireTokens: tokens.expireAll,
    reset() {
      tokens.expireAll()
      captchas.clear()
    },
  }
}

function credentialsOf(options: EmulatedC2dmOptions, random: Random): C2dmCredentials {
  return {
    user: options.user ?? 'emulator@example.com',
    password: options.password ?? random.bytes(12).toString('base64url'),
    accountType: options.accountType ?? 'GOOGLE',
    appName: options.appName ?? 'sendword-emulator-1',
  }
}
