// Users, groups and channels, joined to the database and to the rules of the push services that each app has.
import type { Database } from '../database/tx.ts'
import type { AcceptContext } from '../publishing/accept.ts'
import type { DirectoryContext } from '../publishing/directory-context.ts'
import type { Clock } from '../util/clock.ts'
import type { Random } from '../util/random.ts'
import { type Channels, createChannels } from './channels.ts'
import { createGroups, type Groups } from './groups.ts'
import type { Transports } from './transports.ts'
import { createUsers, type Users } from './users.ts'

export interface Directory {
  readonly users: Users
  readonly groups: Groups
  readonly channels: Channels
}

export interface DirectoryParts {
  readonly database: Database
  readonly clock: Clock
  readonly random: Random
  readonly publishing: AcceptContext
  readonly transports: Pick<Transports, 'namesOf' | 'of'>
  readonly assertApp: (app: string) => void
}

export function createDirectory(parts: DirectoryParts): Directory {
  const { database, clock, random, publishing, transports, assertApp } = parts
  const { namesOf, of } = transports
  const rulesFor: DirectoryContext['rulesFor'] = (app) => namesOf(app).flatMap((name) => of(app, name) ?? [])
  const input = { directory: { database, clock, random, rulesFor }, assertApp }
  return { users: createUsers(input), groups: createGroups(input), channels: createChannels({ ...input, publishing }) }
}
