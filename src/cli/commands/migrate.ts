// `sendword migrate`: brings the database to this version, as every start does, and nothing else.
import { Command } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { type JsonFlags, type PlaceFlags, withExample, withJson, withPlace } from '../flags.ts'
import { withLogging } from '../with-core.ts'

export function migrateCommand(context: CommandContext): Command {
  const command = new Command('migrate').description(
    'Bring the database to this version. Every start does so too; this is for those who do it before.',
  )
  return withExample(withPlace(withJson(command)), 'DATABASE_URL=postgres://… sendword migrate').action(
    async (flags: PlaceFlags & JsonFlags) => {
      const { migrateDatabase } = await import('../../app/migrate-database.ts')
      const { loadOptions } = await import('../load-options.ts')
      const options = await loadOptions(context, { flags, logLevel: 'warn' })
      const { from, to, location } = await withLogging(context, options, (logger) =>
        migrateDatabase({ options, logger, clock: context.clock, signal: context.stop.signal }),
      )
      const { terminal } = context
      if (flags.json) terminal.printJson({ location, from, to })
      else if (from === to) terminal.print(`The database is at migration ${to} already: ${location}`)
      else terminal.print(`Migrated the database from ${from} to ${to}: ${location}`)
    },
  )
}
