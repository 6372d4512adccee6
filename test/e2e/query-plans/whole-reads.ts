// Plans, as PostgreSQL makes them for statements with their values, and what they read: tables, and tables from end to end.
import pg from 'pg'
import type { Statement } from './recorded-statements.ts'

/** What has fewer rows may be read whole: an index would not help. */
const LARGE = 4_000

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Index Cond'?: string
  readonly Plans?: readonly PlanNode[]
}

export interface PlansFound {
  /** Large tables that are read; partitions under their own names. */
  readonly tables: ReadonlySet<string>
  /** A line for each that is read from end to end, and the statement that does it. */
  readonly wholeReads: readonly string[]
  /** The most days of the ledger that any of the statements was planned for. */
  readonly mostDays: number
}

const EXPLAINABLE = /^\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH)\b/i

export async function explain(url: string, statements: readonly Statement[]): Promise<PlansFound> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const large = await largeTables(client)
    const tables = new Set<string>()
    const wholeReads = new Set<string>()
    let mostDays = 0
    for (const { text, values } of statements.filter(({ text }) => EXPLAINABLE.test(text))) {
      const { rows } = await client.query(`EXPLAIN (FORMAT JSON) ${text}`, [...values])
      const nodes = nodesOf(rows[0]['QUERY PLAN'][0].Plan)
      mostDays = Math.max(mostDays, daysOf(nodes))
      for (const { node, isBounded } of nodes) {
        const table = node['Relation Name'] ?? ''
        if (!large.tables.has(table)) continue
        tables.add(table)
        if (readsAll(node, large.wholeIndexes, isBounded))
          wholeReads.add(`${node['Node Type']} of ${table}: ${text.replaceAll(/\s+/g, ' ')}`)
      }
    }
    return { tables, wholeReads: [...wholeReads], mostDays }
  } finally {
    await client.end()
  }
}

async function largeTables(client: pg.Client) {
  const { rows: tables } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class
      WHERE relnamespace = 'sendword'::regnamespace AND relkind = 'r' AND reltuples >= $1`,
    [LARGE],
  )
  const { rows: indexes } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
      WHERE c.relnamespace = 'sendword'::regnamespace AND (i.indpred IS NULL OR c.reltuples >= $1)`,
    [LARGE],
  )
  const namesOf = (rows: ReadonlyArray<{ name: string }>) => new Set(rows.map(({ name }) => name))
  return { tables: namesOf(tables), wholeIndexes: namesOf(indexes) }
}

const DAY = /_(\d{4}_\d{2}_\d{2})$/

function daysOf(nodes: readonly PlacedNode[]): number {
  return new Set(nodes.flatMap(({ node }) => DAY.exec(node['Relation Name'] ?? '')?.[1] ?? [])).size
}

interface PlacedNode {
  readonly node: PlanNode
  /** Read only until a limit is reached. */
  readonly isBounded: boolean
}

/** These want all their rows before they give any. */
const GATHERING = new Set(['Sort', 'Aggregate', 'Hash', 'Materialize', 'Memoize'])

function nodesOf(node: PlanNode, isBounded = false): PlacedNode[] {
  const type = node['Node Type']
  const below = type === 'Limit' || (isBounded && !GATHERING.has(type))
  return [{ node, isBounded }, ...(node.Plans ?? []).flatMap((plan) => nodesOf(plan, below))]
}

const INDEX_SCANS = new Set(['Index Scan', 'Index Only Scan', 'Bitmap Index Scan'])

/**
 * A partial index of few rows may be read whole, that is what it is for; and an index that is read in its order until there
 * are enough.
 */
function readsAll(node: PlanNode, wholeIndexes: ReadonlySet<string>, isBounded: boolean): boolean {
  if (node['Node Type'] === 'Seq Scan') return true
  if (isBounded || !INDEX_SCANS.has(node['Node Type'])) return false
  return node['Index Cond'] === undefined && wholeIndexes.has(node['Index Name'] ?? '')
}
