// Where connections come from: the contract between the pool and the two kinds of server, those at a URL and the one that
// we run on a folder.
import type { Hosts } from './hosts.ts'

export interface ConnectionSource {
  /** Where it is, for people: a folder, or the URL without its password. */
  readonly location: string
  /** The data folder, when PostgreSQL is the packaged one. */
  readonly folder: string | undefined
  /** Where the pool connects. */
  readonly pooled: Hosts
  /** Where LISTEN and session locks connect, past a pooler that could not carry them. May be the same. */
  readonly direct: Hosts
  /** Makes a server that is down serve again. Missing where that is not in our hands. */
  recover?(): Promise<void>
  /** Called when all connections are closed. */
  leave(): Promise<void>
}
