// Checks that the options of every transport need; each error names the push service and the option.
import { X509Certificate } from 'node:crypto'
import { ConfigError } from '../model/push-error.ts'

export interface IntegerBounds {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly fallback: number
}

export type Certificates = string | readonly string[] | undefined

/** All throw ConfigError PUSH_CONFIG_INVALID. */
export interface OptionChecks {
  integer(value: number | undefined, bounds: IntegerBounds): number
  url(value: string | undefined, option: { readonly name: string; readonly fallback: string }): URL
  certificates(ca: Certificates): Certificates
  /** The error of an option that is not valid, for checks of one's own. */
  invalid(name: string, problem: string): ConfigError
}

export function createOptionChecks(service: string): OptionChecks {
  const invalid = (name: string, problem: string) =>
    new ConfigError('PUSH_CONFIG_INVALID', { detail: `The ${service} option ${name} ${problem}` })
  return {
    invalid,
    integer(value, { name, from, to, fallback }) {
      const number = value ?? fallback
      if (!Number.isInteger(number) || number < from || number > to) {
        throw invalid(name, `is ${number}; it must be a whole number from ${from} to ${to}.`)
      }
      return number
    },
    url(value, { name, fallback }) {
      const parsed = URL.parse(value ?? fallback)
      if (parsed === null || !['https:', 'http:'].includes(parsed.protocol) || parsed.username || parsed.password) {
        throw invalid(
          name,
          'must be an absolute https:// (or, for an emulator, http://) URL without user and password.',
        )
      }
      return parsed
    },
    certificates(ca) {
      for (const pem of ca === undefined ? [] : [ca].flat()) {
        try {
          new X509Certificate(pem)
        } catch {
          // OpenSSL's reason ("no start line") says less than what is expected.
          throw invalid('ca', 'must be the text of a PEM certificate: -----BEGIN CERTIFICATE----- …')
        }
      }
      return ca
    },
  }
}
