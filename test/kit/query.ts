// Looks into a database from outside of Sendword.
import pg from 'pg'

export async function query<Row extends pg.QueryResultRow>(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(sql, values)).rows
  } finally {
    await client.end()
  }
}

/** Every value of every row of our tables and of the queue's, as one text. */
export async function dumpText(url: string): Promise<string> {
  const tables = await query<{ name: string }>(
    url,
    `SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name FROM information_schema.tables
      WHERE table_schema IN ('sendword', 'sendword_queue') AND table_type = 'BASE TABLE'`,
  )
  const parts: string[] = []
  for (const { name } of tables) parts.push(JSON.stringify(await query(url, `SELECT t::text AS row FROM ${name} AS t`)))
  return parts.join('\n')
}

/** Asks again until `found` says yes; the test's own time limit ends it otherwise. */
export async function eventually<T>(ask: () => Promise<T>, found: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (found(answer)) return answer
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
