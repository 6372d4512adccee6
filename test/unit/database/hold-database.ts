// A process of its own that opens a data folder and holds it, for tests of several processes on one folder.
// Prints `open` with the server's process id when it is ready, answers each line on its standard input with the
// outcome of a query, and leaves when the input ends.
import { createInterface } from 'node:readline'
import { openDatabase } from '../../../src/database/open-database.ts'
import { PushError } from '../../../src/model/push-error.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { silentLogger } from '../../../src/util/logger.ts'

const [folder = '', postgresBin] = process.argv.slice(2)
const say = (event: string, value: unknown = null) => console.log(JSON.stringify({ event, value }))

try {
  const database = await openDatabase({ database: folder, postgresBin, logger: silentLogger, clock: systemClock })
  // The postmaster is the parent of every backend and writes its own number into the first line of its file.
  const started = await database.execute(`SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int AS pid`)
  say('open', started[0]?.pid)
  for await (const line of createInterface({ input: process.stdin })) {
    await database.execute(line).then(
      (rows) => say('rows', rows),
      (error: unknown) => say('error', error instanceof PushError ? error.code : String(error)),
    )
  }
  await database.close()
  say('closed')
} catch (error) {
  say('error', error instanceof PushError ? { code: error.code, detail: error.detail } : String(error))
  process.exitCode = 1
}
