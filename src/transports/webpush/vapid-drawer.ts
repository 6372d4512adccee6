// The app's VAPID key pair: the operator's, or one made at first use and kept sealed for all processes. It is never made
// a second time: every browser subscribed for the one there is.
import type { CredentialStore } from '../../model/credential-store.ts'
import { ConfigError } from '../../model/push-error.ts'
import type { Clock } from '../../util/clock.ts'
import type { Logger } from '../../util/logger.ts'
import { singleFlight } from '../../util/single-flight.ts'
import { newVapidKeyTexts, readVapidKeys, type VapidKeys, type VapidKeyTexts } from './vapid-keys.ts'

export interface VapidDrawer {
  /** Throws ConfigError PUSH_CONFIG_SECRET_MISSING or PUSH_CONFIG_SECRET_WRONG. */
  current(): Promise<VapidKeys>
}

export interface VapidDrawerInput {
  /** The operator's. */
  readonly given: VapidKeys | undefined
  readonly store: CredentialStore
  readonly clock: Clock
  readonly logger: Logger
}

const NAME = 'vapid.keys'

export function openVapidDrawer({ given, store, clock, logger }: VapidDrawerInput): VapidDrawer {
  let known = given

  async function stored(): Promise<VapidKeys | undefined> {
    const found = await store.get(NAME)
    return found && decode(found.value)
  }

  const find = singleFlight(async (): Promise<VapidKeys> => {
    const kept = await stored()
    if (kept) return kept
    await store.putIfAbsent(NAME, { value: JSON.stringify(newVapidKeyTexts()), obtainedAt: clock.now() })
    const agreed = await stored()
    // There is a pair, but nobody can open it.
    if (!agreed) throw new ConfigError('PUSH_CONFIG_SECRET_WRONG', { detail: LOST })
    logger.info('the VAPID key pair is kept in the database; browsers subscribe for it')
    return agreed
  })

  return {
    async current() {
      known ??= await find()
      return known
    },
  }
}

const LOST =
  'The VAPID key pair in the database was sealed with another secret. No other is made, since every browser is ' +
  'subscribed for that one.'

function decode(value: string): VapidKeys | undefined {
  const keys = readVapidKeys(JSON.parse(value) as VapidKeyTexts)
  return 'problem' in keys ? undefined : keys
}
