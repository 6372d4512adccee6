// The options of one app's APNs.
import { APNS_ENVIRONMENTS, APNS_URLS } from '../../protocols/apns.ts'
import { DEFAULT_CONFIRMATION_TEXT } from '../../transports/apns/options.ts'
import type { OptionEntry } from './option-entry.ts'
import { number, oneOf, pem, privateKey, text, wholeNumber } from './option-kinds.ts'
import { serviceUrl } from './url-kinds.ts'

export const APNS_OPTION_TABLE = {
  'apps.<app>.apns.key': {
    kind: privateKey,
    env: ['APNS_KEY'],
    secret: true,
    about: 'A team’s signing key: the path of its .p8 file, or what is in it.',
  },
  'apps.<app>.apns.keyId': { kind: text({ max: 10 }), env: ['APNS_KEY_ID'], about: 'The id of that key.' },
  'apps.<app>.apns.teamId': { kind: text({ max: 10 }), env: ['APNS_TEAM_ID'], about: 'The id of the team.' },
  'apps.<app>.apns.certificate': {
    kind: pem,
    env: ['APNS_CERTIFICATE'],
    about: 'A certificate instead of a key: the path of its PEM file, or what is in it.',
  },
  'apps.<app>.apns.certificateKey': {
    kind: privateKey,
    env: ['APNS_CERTIFICATE_KEY'],
    secret: true,
    about: 'The private key of the certificate, without a passphrase.',
  },
  'apps.<app>.apns.topic': {
    kind: text({ max: 200 }),
    env: ['APNS_TOPIC'],
    about: 'The bundle id of the application.',
  },
  'apps.<app>.apns.environment': {
    kind: oneOf(APNS_ENVIRONMENTS),
    env: ['APNS_ENVIRONMENT'],
    default: 'production',
    about: 'Where an address belongs that does not say.',
  },
  'apps.<app>.apns.url': {
    kind: serviceUrl,
    env: ['APNS_URL'],
    default: APNS_URLS.production,
    about: 'Where messages for production are sent: scheme, host and port.',
  },
  'apps.<app>.apns.sandboxUrl': {
    kind: serviceUrl,
    env: ['APNS_SANDBOX_URL'],
    default: APNS_URLS.sandbox,
    about: 'Where messages for the sandbox are sent: scheme, host and port.',
  },
  'apps.<app>.apns.ca': {
    kind: pem,
    env: ['APNS_CA_FILE'],
    about: 'Certificates (PEM) to trust instead of the system’s: the text, or the path of a file.',
  },
  'apps.<app>.apns.confirmationText': {
    kind: text({ max: 200 }),
    env: ['APNS_CONFIRMATION_TEXT'],
    default: DEFAULT_CONFIRMATION_TEXT,
    about: 'What the alert says that follows when a device does not confirm a background push.',
  },
  'apps.<app>.apns.confirmationFollowUpSeconds': {
    kind: number(0.1, 3600),
    env: ['APNS_CONFIRMATION_FOLLOW_UP_SECONDS'],
    default: 60,
    about: 'Seconds that a device has to confirm the background push before that alert follows.',
  },
  'apps.<app>.apns.maxInFlight': {
    kind: wholeNumber(1, 5000),
    env: ['APNS_MAX_IN_FLIGHT'],
    default: 1000,
    about: 'Sends that may be on their way at once.',
  },
  'apps.<app>.apns.outageSeconds': {
    kind: number(0.01, 86_400),
    env: ['APNS_OUTAGE_SECONDS'],
    default: 900,
    about: 'Seconds to wait at most after APNs answered 500 or 503; Apple asks for 15 minutes.',
  },
  'apps.<app>.apns.retryBaseSeconds': {
    kind: number(0.01, 3600),
    env: ['APNS_RETRY_BASE_SECONDS'],
    default: 10,
    about: 'Seconds before the first repeat of a send; doubles with each.',
  },
  'apps.<app>.apns.retryCapSeconds': {
    kind: number(0.01, 86_400),
    env: ['APNS_RETRY_CAP_SECONDS'],
    default: 3600,
    about: 'Seconds that no wait between repeats exceeds.',
  },
} as const satisfies Record<string, OptionEntry>
