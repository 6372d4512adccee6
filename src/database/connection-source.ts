// Where connections come from: the contract between the pool and the two kinds of server, one at a URL and one that
// we run on a folder.
import type { ClientConfig } from 'pg'

export interface ConnectionSource {
  /** Where it is, for people: a folder, or the URL without its password. */
  readonly location: string
  /** The data folder, when PostgreSQL is the packaged one. */
  readonly folder: string | undefined
  /** How to connect now; asked for every connection, because a server that was started anew may have moved. */
  config(): ClientConfig
  /** How to connect for LISTEN and session locks, past a pooler that could not carry them. */
  directConfig(): ClientConfig
  /** Makes a server that is down serve again. Missing where that is not in our hands. */
  recover?(): Promise<void>
  /** Called when all connections are closed. */
  leave(): Promise<void>
}
