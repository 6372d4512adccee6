// The kinds of audience, each as SQL that finds its devices page by page, in the order of their row ids. A kind that
// joins says here where its devices come from; whoever fans out or counts knows none of them.
import type { Audience, DeviceFilter } from '../model/audience.ts'
import { membersOfGroups, reachedByChannel } from './reach.ts'

/** An audience as it comes back out of its jsonb column: times are texts. `ids`: the row ids of what it names. */
export type StoredAudience = Audience & { readonly ids?: readonly string[] }

/** Puts a value among the statement's parameters; answers its placeholder. */
export type Bind = (value: unknown) => string

export interface Page {
  readonly app: string
  /** The row id that the page begins after. */
  readonly after: string
  /** The most candidates that it may have. */
  readonly limit: number
}

/** Each in terms of parameters that were bound. */
export interface AudienceSource {
  /**
   * Selects `id`, once each, of devices of the app: the first `limit` after `after`, in the order of ids. Fewer of them
   * say that there are no more. Bounded work, however large the app is.
   */
  readonly candidates: string
  /** On sendword.device AS d: which of the candidates belong to the audience. */
  readonly condition: string
}

type KindName = Audience extends infer Each ? (Each extends Audience ? keyof Each : never) : never
type KindValue<Name extends KindName> = Extract<Audience, { readonly [N in Name]: unknown }>[Name]
type Kinds = { readonly [Name in KindName]: (value: KindValue<Name>, page: NamingPage, bind: Bind) => AudienceSource }

interface NamingPage extends Page {
  /** The row ids of the groups, or of the channel, that the audience names. */
  readonly ids: readonly string[]
}

const KINDS: Kinds = {
  devices: (ids, page, bind) => named('device_id', ids, page, bind),
  user: (id, page, bind) => named('user_id', [id], page, bind),
  users: (ids, page, bind) => named('user_id', ids, page, bind),
  group: (_, page, bind) => groups(page, bind),
  groups: (_, page, bind) => groups(page, bind),
  channel: (_, page, bind) => channel(page, bind),
  everyone: (_, page, bind) => ({ candidates: allOf(page, bind), condition: 'true' }),
  where: (filter, page, bind) => ({ candidates: allOf(page, bind), condition: matches(filter, bind) }),
}

export function sourceOf({ ids = [], ...audience }: StoredAudience, page: Page, bind: Bind): AudienceSource {
  const [name, value] = Object.entries(audience)[0] as [KindName, never]
  return KINDS[name](value, { ...page, ids }, bind)
}

function groups({ ids, after, limit }: NamingPage, bind: Bind): AudienceSource {
  const these = `SELECT id FROM unnest(${bind(ids)}::uuid[]) AS given (id)`
  const candidates = membersOfGroups(these, { after: bind(after), limit: bind(limit) })
  return { candidates, condition: 'true' }
}

function channel({ ids, app, after, limit }: NamingPage, bind: Bind): AudienceSource {
  const places = { app: bind(app), after: bind(after), limit: bind(limit) }
  return { candidates: reachedByChannel(bind(ids[0]), places), condition: 'true' }
}

/** A stretch of the app's devices, whether they belong to the audience or not: what it costs does not depend on that. */
function allOf({ app, after, limit }: Page, bind: Bind): string {
  return `SELECT id FROM sendword.device WHERE app = ${bind(app)} AND id > ${bind(after)}::uuid
           ORDER BY id LIMIT ${bind(limit)}`
}

/** Those with one of these names: found by name first, since they are few however large the app is. */
function named(
  column: 'device_id' | 'user_id',
  names: readonly string[],
  { app, after, limit }: Page,
  bind: Bind,
): AudienceSource {
  const candidates = `SELECT id FROM (
      SELECT id FROM sendword.device WHERE app = ${bind(app)} AND ${column} = ANY (${bind(names)}::text[]) OFFSET 0
    ) AS known WHERE id > ${bind(after)}::uuid ORDER BY id LIMIT ${bind(limit)}`
  return { candidates, condition: 'true' }
}

function matches(filter: DeviceFilter, bind: Bind): string {
  const { transport, locale, timeZone, appVersion, labels } = filter
  const conditions = [
    transport && `d.transport = ${bind(transport)}`,
    locale && startsWithTag(ownOrUsers('locale'), bind(locale)),
    timeZone && `${ownOrUsers('time_zone')} = ${bind(timeZone)}`,
    appVersion && `d.app_version = ${bind(appVersion)}`,
    labels && hasLabels(`${bind(JSON.stringify(labels))}::jsonb`),
    filter.lastSeenAfter && `d.last_seen_at >= ${bind(filter.lastSeenAfter)}::timestamptz`,
    filter.lastSeenBefore && `d.last_seen_at < ${bind(filter.lastSeenBefore)}::timestamptz`,
    filter.createdAfter && `d.created_at >= ${bind(filter.createdAfter)}::timestamptz`,
    filter.createdBefore && `d.created_at < ${bind(filter.createdBefore)}::timestamptz`,
  ]
  return conditions.filter(Boolean).join(' AND ')
}

/** On sendword.device AS d: what it says of itself; where it says nothing, what is known of its user. */
export function ownOrUsers(column: 'locale' | 'time_zone'): string {
  return `coalesce(d.${column}, (${ofUser(column)}))`
}

/** The device's own labels go before its user's. */
function hasLabels(labels: string): string {
  return `(d.labels @> ${labels} OR (d.user_id IS NOT NULL AND (${ofUser('labels')}) || d.labels @> ${labels}))`
}

function ofUser(column: 'locale' | 'time_zone' | 'labels'): string {
  return `SELECT u.${column} FROM sendword.app_user AS u WHERE u.app = d.app AND u.user_id = d.user_id`
}

/** Tags are compared without regard to case, RFC 5646 §2.1.1, and by whole subtags, RFC 4647 §3.3.1. */
function startsWithTag(column: string, tag: string): string {
  return `starts_with(lower(${column}) || '-', lower(${tag}) || '-')`
}
