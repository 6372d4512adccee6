// C2DM and ClientLogin as Google published them (2010–2015). Constants only; who reads them judges for himself.
// Sources: developers.google.com/gdata/docs/auth/clientlogin; developer.android.com/google/gcm/c2dm.html;
// Google's sample C2DMessaging.java (chrometophone).

export const CLIENT_LOGIN_URL = 'https://www.google.com/accounts/ClientLogin'
export const CLIENT_LOGIN_PATH = '/accounts/ClientLogin'
export const C2DM_SEND_URL = 'https://android.apis.google.com/c2dm/send'
export const C2DM_SEND_PATH = '/c2dm/send'

/** The `service` field of ClientLogin that names C2DM. */
export const CLIENT_LOGIN_SERVICE = 'ac2dm'
export const CLIENT_LOGIN_ACCOUNT_TYPES = ['GOOGLE', 'HOSTED', 'HOSTED_OR_GOOGLE'] as const
export type ClientLoginAccountType = (typeof CLIENT_LOGIN_ACCOUNT_TYPES)[number]

/** `Error=<code>` of a ClientLogin reply with status 403. */
export const CLIENT_LOGIN_ERRORS = [
  'BadAuthentication',
  'NotVerified',
  'TermsNotAgreed',
  'CaptchaRequired',
  'Unknown',
  'AccountDeleted',
  'AccountDisabled',
  'ServiceDisabled',
  'ServiceUnavailable',
] as const
export type ClientLoginError = (typeof CLIENT_LOGIN_ERRORS)[number]

/** `Error=<code>` of a C2DM reply, which comes with status 200. */
export const C2DM_ERRORS = [
  'QuotaExceeded',
  'DeviceQuotaExceeded',
  'MissingRegistration',
  'InvalidRegistration',
  'MismatchSenderId',
  'NotRegistered',
  'MessageTooBig',
  'MissingCollapseKey',
] as const
export type C2dmError = (typeof C2DM_ERRORS)[number]

/** Scheme of the Authorization header: `GoogleLogin auth=<token>`. */
export const GOOGLE_LOGIN_SCHEME = 'GoogleLogin auth='
/** Response header with a replacement token for the next request. */
export const UPDATE_CLIENT_AUTH_HEADER = 'update-client-auth'
/** Bytes in one message. */
export const C2DM_MAX_MESSAGE_BYTES = 1024
