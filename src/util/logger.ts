// What our code needs of a logger. Names are dotted (`sendword.c2dm`); a level can be set per name.
// Fields never carry a secret, a token or an address.

export type LogFields = Readonly<Record<string, unknown>>

export interface Logger {
  error(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  debug(message: string, fields?: LogFields): void
  /** A logger named `<this name>.<name>`. */
  child(name: string): Logger
}

export const silentLogger: Logger = {
  error() {},
  warn() {},
  info() {},
  debug() {},
  child: () => silentLogger,
}
