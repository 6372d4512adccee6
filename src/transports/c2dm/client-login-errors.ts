// What each ClientLogin error asks for, complete by type: whether another try can help, and the cure for a person.
// Source: developers.google.com/gdata/docs/auth/clientlogin, "Error codes".
import type { ClientLoginError } from '../../protocols/c2dm.ts'

export interface ClientLoginErrorEntry {
  /**
   * config: only a person can help, and repeating it can lock the account. retry: passes by itself. retry-few: may
   * pass by itself, else it is the configuration.
   */
  readonly kind: 'config' | 'retry' | 'retry-few'
  readonly cure: string
}

export const CLIENT_LOGIN_ERROR_TABLE: Readonly<Record<ClientLoginError, ClientLoginErrorEntry>> = {
  BadAuthentication: {
    kind: 'config',
    cure: 'Check the user and the password. With 2-step verification, make an application-specific password and use that.',
  },
  NotVerified: {
    kind: 'config',
    cure: 'Log in to the Google account with a browser and verify its e-mail address.',
  },
  TermsNotAgreed: {
    kind: 'config',
    cure: 'Log in to the Google account with a browser and accept the terms of service.',
  },
  CaptchaRequired: {
    kind: 'config',
    cure: 'Open the captcha’s address and repeat the login with its token and the answer, or log in once with a browser from this network.',
  },
  Unknown: {
    kind: 'retry-few',
    cure: 'Try again in a few minutes. If it stays, check the account type and CLIENT_LOGIN_URL.',
  },
  AccountDeleted: { kind: 'config', cure: 'The account has been deleted: use another one.' },
  AccountDisabled: {
    kind: 'config',
    cure: 'The account has been disabled: log in with a browser to see why, or use another one.',
  },
  ServiceDisabled: {
    kind: 'config',
    cure: 'The account may not use C2DM: sign it up for C2DM, or use one that is.',
  },
  ServiceUnavailable: { kind: 'retry', cure: 'ClientLogin is temporarily down: try again later.' },
}
