// The devices of an audience, a page at a time: for fan-out with their ids, for counting without.
import type { Tx } from '../database/tx.ts'
import type { TransportName } from '../model/address.ts'
import { ownOrUsers, type Page, type StoredAudience, sourceOf } from './audience-kinds.ts'

/** Before every row id. */
export const BEFORE_ALL = '00000000-0000-0000-0000-000000000000'

export interface AudiencePage {
  /** Where the next page begins; undefined when this was the last. */
  readonly next: string | undefined
  readonly groups: readonly PageGroup[]
}

/** The devices of a page that one push service reaches, and of one zone where zones are asked for. */
export interface PageGroup {
  readonly transport: TransportName
  /** Row ids, in order. */
  readonly devices: readonly string[]
  /** Pending and failed ones. */
  readonly unreachable: number
  /** Null: none is known. */
  readonly timeZone?: string | null
}

export interface CountedPage {
  readonly next: string | undefined
  readonly groups: ReadonlyArray<{
    readonly transport: TransportName
    readonly reachable: number
    readonly unreachable: number
  }>
}

const REACHABLE = `d.state = 'active' AND d.failed_at IS NULL AND d.address IS NOT NULL`
const UNREACHABLE = `count(*) FILTER (WHERE NOT (${REACHABLE}))::int AS unreachable`

/** @param withZones A group for each time zone, too. */
export async function pageAudience(
  tx: Tx,
  audience: StoredAudience,
  page: Page,
  withZones: boolean,
): Promise<AudiencePage> {
  const devices = `coalesce(array_agg(d.id ORDER BY d.id) FILTER (WHERE ${REACHABLE}), '{}') AS devices`
  return await readPage<PageGroup>(tx, { audience, page, columns: `${devices}, ${UNREACHABLE}`, withZones })
}

export async function countAudiencePage(tx: Tx, audience: StoredAudience, page: Page): Promise<CountedPage> {
  const reachable = `count(*) FILTER (WHERE ${REACHABLE})::int AS reachable`
  return await readPage<CountedPage['groups'][number]>(tx, { audience, page, columns: `${reachable}, ${UNREACHABLE}` })
}

interface PageQuery {
  readonly audience: StoredAudience
  readonly page: Page
  /** Aggregates over the devices of one transport. */
  readonly columns: string
  readonly withZones?: boolean | undefined
}

interface Bounds {
  readonly candidates: number
  readonly last: string | null
}

async function readPage<Group extends { readonly transport: TransportName }>(
  tx: Tx,
  query: PageQuery,
): Promise<{ next: string | undefined; groups: Group[] }> {
  const { text, values } = pageStatement(query)
  const rows = await tx.execute<Bounds & { transport: TransportName | null }>(text, values)
  const { candidates = 0, last = null } = rows[0] ?? {}
  return {
    next: candidates < query.page.limit ? undefined : (last ?? undefined),
    groups: rows.filter(({ transport }) => transport !== null) as unknown as Group[],
  }
}

/** One row for each transport (and zone), and one if there is none: where the page ends is told in any case. */
function pageStatement({ audience, page, columns, withZones }: PageQuery): { text: string; values: unknown[] } {
  const values: unknown[] = []
  const bind = (value: unknown) => `$${values.push(value)}`
  const { candidates, condition } = sourceOf(audience, page, bind)
  const zone = ownOrUsers('time_zone')
  const [zoneColumn, by] = withZones ? [`${zone} AS "timeZone", `, ', "timeZone"'] : ['', '']
  const text = `WITH candidate AS MATERIALIZED (${candidates})
    SELECT (SELECT count(*)::int FROM candidate) AS candidates,
           (SELECT id FROM candidate ORDER BY id DESC LIMIT 1) AS last, found.*
      FROM (VALUES (1)) AS one
      LEFT JOIN (
        SELECT d.transport, ${zoneColumn}${columns}
          FROM candidate
          -- By the limit, each is looked up by its id: the planner would rather read the whole table for a few thousand.
          CROSS JOIN LATERAL (SELECT * FROM sendword.device WHERE id = candidate.id LIMIT 1) AS d
         WHERE ${condition} GROUP BY d.transport${by}
      ) AS found ON true`
  return { text, values }
}
