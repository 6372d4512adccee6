// The options of one app: its push services, whose tokens it believes, which pages may use its door.
import { C2DM_SEND_URL, CLIENT_LOGIN_ACCOUNT_TYPES, CLIENT_LOGIN_URL } from '../../protocols/c2dm.ts'
import { FCM_URL } from '../../protocols/fcm.ts'
import { APNS_OPTION_TABLE } from './apns-option-table.ts'
import { localeTag } from './locale-kind.ts'
import type { OptionEntry } from './option-entry.ts'
import {
  keySet,
  number,
  oneOf,
  origins,
  pem,
  serviceAccount,
  text,
  visibleAscii,
  webhookList,
  wholeNumber,
} from './option-kinds.ts'
import { quietHours, timeZone } from './timing-kinds.ts'
import { serviceUrl } from './url-kinds.ts'
import { WEBPUSH_OPTION_TABLE } from './webpush-option-table.ts'

export const APP_OPTION_TABLE = {
  'apps.<app>.c2dm.user': { kind: text({ max: 320 }), env: ['C2DM_AUTH_USER'], about: 'The sender’s Google account.' },
  'apps.<app>.c2dm.password': { kind: text(), env: ['C2DM_AUTH_PASSWORD'], secret: true, about: 'Its password.' },
  'apps.<app>.c2dm.accountType': {
    kind: oneOf(CLIENT_LOGIN_ACCOUNT_TYPES),
    env: ['C2DM_AUTH_ACCOUNT_TYPE'],
    default: 'GOOGLE',
    about: 'The kind of account.',
  },
  'apps.<app>.c2dm.appName': {
    kind: text({ max: 200 }),
    env: ['C2DM_AUTH_APP_NAME'],
    default: 'sendword',
    about: 'Names this application in ClientLogin’s logs.',
  },
  'apps.<app>.c2dm.token': {
    kind: visibleAscii(4096),
    env: ['C2DM_AUTH_TOKEN'],
    secret: true,
    about: 'A ClientLogin Auth token instead of an account. It sometimes changes, and sending then stops.',
  },
  'apps.<app>.c2dm.url': {
    kind: serviceUrl,
    env: ['C2DM_URL'],
    default: C2DM_SEND_URL,
    about: 'Where messages are sent.',
  },
  'apps.<app>.c2dm.clientLoginUrl': {
    kind: serviceUrl,
    env: ['CLIENT_LOGIN_URL'],
    default: CLIENT_LOGIN_URL,
    about: 'Where the token is obtained.',
  },
  'apps.<app>.c2dm.ca': {
    kind: pem,
    env: ['C2DM_CA_FILE'],
    about: 'Certificates (PEM) to trust instead of the system’s: the text, or the path of a file.',
  },
  'apps.<app>.c2dm.maxInFlight': {
    kind: wholeNumber(1, 1000),
    env: ['C2DM_MAX_IN_FLIGHT'],
    default: 64,
    about: 'Sends that may be on their way at once.',
  },
  'apps.<app>.c2dm.retryBaseSeconds': {
    kind: number(0.01, 3600),
    env: ['C2DM_RETRY_BASE_SECONDS'],
    default: 30,
    about: 'Seconds before the first repeat of a send; doubles with each.',
  },
  'apps.<app>.c2dm.retryCapSeconds': {
    kind: number(0.01, 86_400),
    env: ['C2DM_RETRY_CAP_SECONDS'],
    default: 3600,
    about: 'Seconds that no wait between repeats exceeds.',
  },
  'apps.<app>.fcm.serviceAccount': {
    kind: serviceAccount,
    env: ['FCM_SERVICE_ACCOUNT'],
    secret: true,
    about:
      'A service account’s key: the path of its file, or what is in it. Without one: Application Default Credentials.',
  },
  'apps.<app>.fcm.projectId': {
    kind: text({ max: 100 }),
    env: ['FCM_PROJECT_ID'],
    about: 'Id or number of the Firebase project, when it is not the service account’s own.',
  },
  'apps.<app>.fcm.url': {
    kind: serviceUrl,
    env: ['FCM_URL'],
    default: FCM_URL,
    about: 'Where messages are sent: scheme, host and port.',
  },
  'apps.<app>.fcm.tokenUrl': {
    kind: serviceUrl,
    env: ['FCM_TOKEN_URL'],
    about: 'Where access tokens are obtained, when it is not the token_uri of the key.',
  },
  'apps.<app>.fcm.ca': {
    kind: pem,
    env: ['FCM_CA_FILE'],
    about: 'Certificates (PEM) to trust instead of the system’s: the text, or the path of a file.',
  },
  'apps.<app>.fcm.maxInFlight': {
    kind: wholeNumber(1, 2000),
    env: ['FCM_MAX_IN_FLIGHT'],
    default: 500,
    about: 'Sends that may be on their way at once.',
  },
  'apps.<app>.fcm.rampUpSeconds': {
    kind: wholeNumber(0, 600),
    env: ['FCM_RAMP_UP_SECONDS'],
    default: 60,
    about:
      'Seconds over which messages to an audience grow, in each process, from 1,000 sends a second after a pause to 10,000; then without bound. 0: at once.',
  },
  'apps.<app>.fcm.retryBaseSeconds': {
    kind: number(0.01, 3600),
    env: ['FCM_RETRY_BASE_SECONDS'],
    default: 10,
    about: 'Seconds before the first repeat of a send; doubles with each.',
  },
  'apps.<app>.fcm.retryCapSeconds': {
    kind: number(0.01, 86_400),
    env: ['FCM_RETRY_CAP_SECONDS'],
    default: 3600,
    about: 'Seconds that no wait between repeats exceeds.',
  },
  ...APNS_OPTION_TABLE,
  ...WEBPUSH_OPTION_TABLE,
  'apps.<app>.identity.secret': {
    kind: text({ min: 32 }),
    env: ['SENDWORD_IDENTITY_SECRET'],
    secret: true,
    about: 'Verifies identity tokens signed with HS256.',
  },
  'apps.<app>.identity.jwks': {
    kind: keySet,
    env: ['SENDWORD_IDENTITY_JWKS'],
    about: 'Verifies identity tokens signed with RS256 or ES256: a JSON Web Key Set, or the path of a file.',
  },
  'apps.<app>.locale': {
    kind: localeTag,
    env: ['SENDWORD_LOCALE'],
    about: 'The language of recipients of whom none is known, for messages in several.',
  },
  'apps.<app>.corsOrigins': {
    kind: origins,
    env: ['SENDWORD_CORS_ORIGINS'],
    default: [],
    about: 'Origins whose pages may use the app’s JSON door.',
  },
  'apps.<app>.webhooks': {
    kind: webhookList,
    env: ['SENDWORD_WEBHOOKS'],
    default: [],
    about: 'Where the app’s events are told, each with url, secret and events; in the environment as JSON.',
  },
  'apps.<app>.timeZone': {
    kind: timeZone,
    env: ['SENDWORD_TIME_ZONE'],
    default: 'UTC',
    about: 'Where recipients are taken to be of whom no time zone is known.',
  },
  'apps.<app>.quietHours': {
    kind: quietHours,
    env: ['SENDWORD_QUIET_HOURS'],
    about: 'Hours of the recipient’s day in which messages wait: from and to, over midnight too.',
  },
  'apps.<app>.staleAfterDays': {
    kind: wholeNumber(0, 3650),
    env: ['SENDWORD_STALE_AFTER_DAYS'],
    default: 270,
    about: 'Days without a registration or an accepted message until a device is skipped as stale; 0: never.',
  },
} as const satisfies Record<string, OptionEntry>
