// The options of one app's Web Push.

import * as z from 'zod'
import { isHostPattern } from '../../transports/webpush/endpoint-policy.ts'
import { isVapidSubject } from '../../transports/webpush/options.ts'
import type { OptionEntry } from './option-entry.ts'
import { kind, listOf, number, pem, text, wholeNumber } from './option-kinds.ts'

const pushHosts = listOf(
  'a list of hosts such as push.example.org, *.example.org or push.example.org:8443',
  z.string().refine(isHostPattern),
)

const vapidSubject = kind({
  allowed: 'a mailto: or https: URL of a host that others can reach',
  schema: z.string().refine(isVapidSubject),
})

export const WEBPUSH_OPTION_TABLE = {
  'apps.<app>.webpush.vapid.publicKey': {
    kind: text({ max: 100 }),
    env: ['WEBPUSH_VAPID_PUBLIC_KEY'],
    about: 'The key that browsers subscribe for, 65 bytes in base64url. Without a pair, one is made once and kept.',
  },
  'apps.<app>.webpush.vapid.privateKey': {
    kind: text({ max: 100 }),
    env: ['WEBPUSH_VAPID_PRIVATE_KEY'],
    secret: true,
    about: 'Its private half, 32 bytes in base64url.',
  },
  'apps.<app>.webpush.vapid.subject': {
    kind: vapidSubject,
    env: ['WEBPUSH_VAPID_SUBJECT'],
    about:
      'Where a push service can reach you; else the first https origin of corsOrigins, or the first of mail.admins.',
  },
  'apps.<app>.webpush.allowedHosts': {
    kind: pushHosts,
    env: ['WEBPUSH_ALLOWED_HOSTS'],
    default: [],
    about:
      'Hosts beside the browsers’ push services, such as those of UnifiedPush; comma separated in the environment.',
  },
  'apps.<app>.webpush.allowPrivateAddresses': {
    kind: pushHosts,
    env: ['WEBPUSH_ALLOW_PRIVATE_ADDRESSES'],
    default: [],
    about: 'Of those, the hosts that may lie in a private network; comma separated in the environment.',
  },
  'apps.<app>.webpush.ca': {
    kind: pem,
    env: ['WEBPUSH_CA_FILE'],
    about: 'Certificates (PEM) to trust instead of the system’s: the text, or the path of a file.',
  },
  'apps.<app>.webpush.encryptionThreads': {
    kind: wholeNumber(0, 64),
    env: ['WEBPUSH_ENCRYPTION_THREADS'],
    about: 'Threads that encrypt; 0: the main one. Else one less than there are cores, and at least one.',
  },
  'apps.<app>.webpush.maxInFlight': {
    kind: wholeNumber(1, 2000),
    env: ['WEBPUSH_MAX_IN_FLIGHT'],
    default: 500,
    about: 'Sends that may be on their way at once.',
  },
  'apps.<app>.webpush.retryBaseSeconds': {
    kind: number(0.01, 3600),
    env: ['WEBPUSH_RETRY_BASE_SECONDS'],
    default: 10,
    about: 'Seconds before the first repeat of a send; doubles with each.',
  },
  'apps.<app>.webpush.retryCapSeconds': {
    kind: number(0.01, 86_400),
    env: ['WEBPUSH_RETRY_CAP_SECONDS'],
    default: 3600,
    about: 'Seconds that no wait between repeats exceeds.',
  },
} as const satisfies Record<string, OptionEntry>
