// Devices, users, groups and a channel of an app, made at random, and in the plainest words whom an audience of them is.
import fc from 'fast-check'
import type { Database } from '../../src/database/tx.ts'
import type { TransportName } from '../../src/model/address.ts'
import type { Audience, DeviceFilter } from '../../src/model/audience.ts'
import type { Clock } from '../../src/util/clock.ts'
import { uuidv7 } from '../../src/util/ids.ts'
import { systemRandom } from '../../src/util/random.ts'

/** `homeless`: another device has proved that it holds the address. */
export type Standing = 'live' | 'failed' | 'pending' | 'homeless'

export interface ModelDevice {
  readonly transport: TransportName
  readonly standing: Standing
  readonly user: string | undefined
  readonly locale: string | undefined
  readonly timeZone: string | undefined
  readonly appVersion: string | undefined
  readonly labels: Readonly<Record<string, string>>
  readonly createdAt: Date
  readonly lastSeenAt: Date
}

export interface ModelUser {
  readonly id: string
  readonly locale: string | undefined
  readonly timeZone: string | undefined
  readonly labels: Readonly<Record<string, string>>
}

/** Members by their places in the lists of the population. */
export interface ModelGroup {
  readonly devices: readonly number[]
  /** Later groups only, so that there are no circles. */
  readonly parts: readonly number[]
}

export interface Population {
  readonly devices: readonly ModelDevice[]
  readonly users: readonly ModelUser[]
  readonly groups: readonly ModelGroup[]
  readonly channel: {
    readonly devices: readonly number[]
    readonly users: readonly string[]
    readonly groups: readonly number[]
  }
}

const TRANSPORTS = ['c2dm', 'fcm', 'apns', 'webpush'] as const
const USERS = ['ann', 'bob', 'eve']
const LOCALES = ['pt', 'pt-BR', 'pt-PT', 'ptx', 'de', 'zh-Hant-TW']
const ZONES = ['Europe/Lisbon', 'Asia/Tokyo']
const VERSIONS = ['1.0', '2.0']
const times = fc.integer({ min: 0, max: 3 }).map((day) => new Date(Date.UTC(2026, 0, 1 + day)))
const labels = fc.dictionary(fc.constantFrom('plan', 'beta', 'größe'), fc.constantFrom('pro', 'free', ''), {
  maxKeys: 2,
})
const mostlyNone = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: undefined, freq: 1 })

const device: fc.Arbitrary<ModelDevice> = fc.record({
  transport: fc.constantFrom(...TRANSPORTS),
  standing: fc.oneof(
    { weight: 5, arbitrary: fc.constant<Standing>('live') },
    fc.constantFrom<Standing>('failed', 'pending', 'homeless'),
  ),
  user: fc.option(fc.constantFrom(...USERS, 'unknown-user'), { nil: undefined }),
  locale: mostlyNone(fc.constantFrom(...LOCALES)),
  timeZone: mostlyNone(fc.constantFrom(...ZONES)),
  appVersion: mostlyNone(fc.constantFrom(...VERSIONS)),
  labels,
  createdAt: times,
  lastSeenAt: times,
})

const user = (id: string): fc.Arbitrary<ModelUser> =>
  fc.record({
    id: fc.constant(id),
    locale: mostlyNone(fc.constantFrom(...LOCALES)),
    timeZone: mostlyNone(fc.constantFrom(...ZONES)),
    labels,
  })

const GROUPS = 3
const placesUpTo = (count: number) =>
  count === 0 ? fc.constant([]) : fc.uniqueArray(fc.nat(count - 1), { maxLength: count })

export function populations(maxDevices: number): fc.Arbitrary<Population> {
  return fc.array(device, { maxLength: maxDevices, size: 'max' }).chain((devices) =>
    fc.record({
      devices: fc.constant(devices),
      users: fc.tuple(...USERS.map(user)).chain((users) => fc.subarray(users)),
      groups: fc.tuple(
        ...Array.from({ length: GROUPS }, (_, place) =>
          fc.record({
            devices: placesUpTo(devices.length),
            parts: fc.subarray(Array.from({ length: GROUPS }, (_, other) => other).filter((other) => other > place)),
          }),
        ),
      ),
      channel: fc.record({
        devices: placesUpTo(devices.length),
        users: fc.subarray(USERS),
        groups: fc.subarray(Array.from({ length: GROUPS }, (_, place) => place)),
      }),
    }),
  )
}

export const deviceIdOf = (place: number) => `device-${`${place}`.padStart(4, '0')}`
const groupName = (place: number) => `group-${place}`
const CHANNEL = 'news'

const filters: fc.Arbitrary<DeviceFilter> = fc
  .record(
    {
      transport: fc.constantFrom(...TRANSPORTS),
      locale: fc.constantFrom(...LOCALES, 'PT-br', 'p', 'zh-hant'),
      timeZone: fc.constantFrom(...ZONES),
      appVersion: fc.constantFrom(...VERSIONS),
      labels: labels.filter((some) => Object.keys(some).length > 0),
      lastSeenAfter: times,
      lastSeenBefore: times,
      createdAfter: times,
      createdBefore: times,
    },
    { requiredKeys: [] },
  )
  .filter((filter) => Object.keys(filter).length > 0)

export function audiencesOf({ devices }: Population): fc.Arbitrary<Audience> {
  const ids = [...devices.keys()].map(deviceIdOf)
  return fc.oneof(
    fc.constant<Audience>({ everyone: true }),
    fc
      .array(fc.constantFrom('nobody-there', ...ids), { minLength: 1, maxLength: 20 })
      .map((named) => ({ devices: named })),
    fc.constantFrom(...USERS, 'unknown-user').map((id) => ({ user: id })),
    fc.array(fc.constantFrom(...USERS, 'nobody'), { minLength: 1, maxLength: 3 }).map((users) => ({ users })),
    fc.nat(GROUPS - 1).map((place) => ({ group: groupName(place) })),
    fc.array(fc.nat(GROUPS - 1), { minLength: 1, maxLength: 4 }).map((places) => ({ groups: places.map(groupName) })),
    fc.constant({ channel: CHANNEL }),
    filters.map((where) => ({ where })),
  )
}

/** The places of the devices that belong to an audience, whether or not they can be reached. */
export function membersOf(population: Population, audience: Audience): number[] {
  const { devices, channel } = population
  const inGroups = (places: readonly number[]): Set<number> =>
    new Set(
      places.flatMap((place) => [
        ...(population.groups[place]?.devices ?? []),
        ...inGroups(population.groups[place]?.parts ?? []),
      ]),
    )
  const groupPlace = (name: string) => Number(name.slice('group-'.length))
  const belongs = (each: ModelDevice, place: number): boolean => {
    if ('everyone' in audience) return true
    if ('devices' in audience) return audience.devices.includes(deviceIdOf(place))
    if ('user' in audience) return each.user === audience.user
    if ('users' in audience) return each.user !== undefined && audience.users.includes(each.user)
    if ('group' in audience) return inGroups([groupPlace(audience.group)]).has(place)
    if ('groups' in audience) return inGroups(audience.groups.map(groupPlace)).has(place)
    if ('where' in audience) return passes(population, each, audience.where)
    const bySubscription = channel.devices.includes(place) || inGroups(channel.groups).has(place)
    return bySubscription || (each.user !== undefined && channel.users.includes(each.user))
  }
  return devices.flatMap((each, place) => (belongs(each, place) ? [place] : []))
}

function passes({ users }: Population, device: ModelDevice, filter: DeviceFilter): boolean {
  const user = users.find(({ id }) => id === device.user)
  const locale = (device.locale ?? user?.locale)?.toLowerCase()
  const labels: Record<string, string> = { ...user?.labels, ...device.labels }
  const wanted = filter.locale?.toLowerCase()
  const checks = [
    filter.transport === undefined || device.transport === filter.transport,
    wanted === undefined || locale === wanted || locale?.startsWith(`${wanted}-`) === true,
    filter.timeZone === undefined || (device.timeZone ?? user?.timeZone) === filter.timeZone,
    filter.appVersion === undefined || device.appVersion === filter.appVersion,
    Object.entries(filter.labels ?? {}).every(([key, value]) => labels[key] === value),
    filter.lastSeenAfter === undefined || device.lastSeenAt >= filter.lastSeenAfter,
    filter.lastSeenBefore === undefined || device.lastSeenAt < filter.lastSeenBefore,
    filter.createdAfter === undefined || device.createdAt >= filter.createdAfter,
    filter.createdBefore === undefined || device.createdAt < filter.createdBefore,
  ]
  return checks.every(Boolean)
}

export interface Settlement {
  readonly database: Database
  readonly clock: Clock
  readonly app: string
}

/** Puts the population into the database; answers the row ids of its devices. */
export async function settlePopulation(
  { database, clock, app }: Settlement,
  population: Population,
): Promise<string[]> {
  const newId = () => uuidv7(clock, systemRandom)
  const ids = population.devices.map(newId)
  const groupIds = population.groups.map(newId)
  const channelId = newId()
  const { channel } = population
  const { now } = clock
  const devices = population.devices.map(({ standing, ...device }, place) => ({
    ...device,
    id: ids[place],
    device_id: deviceIdOf(place),
    standing,
    address: standing === 'live' || standing === 'failed' ? addressOf(app, place) : undefined,
  }))
  const groups = population.groups.map((_, place) => ({ id: groupIds[place], name: groupName(place) }))
  const links = [
    ...population.groups.flatMap((group, place) => [
      ...group.devices.map((member) => ({ list: 'group_device', whole: groupIds[place], part: ids[member] })),
      ...group.parts.map((member) => ({ list: 'group_part', whole: groupIds[place], part: groupIds[member] })),
    ]),
    ...channel.devices.map((member) => ({ list: 'channel_device', whole: channelId, part: ids[member] })),
    ...channel.groups.map((member) => ({ list: 'channel_group', whole: channelId, part: groupIds[member] })),
  ]
  const { users } = population
  const given = JSON.stringify({ devices, groups, links, users })
  await database.transaction(async (tx) => {
    await tx.execute(
      `INSERT INTO sendword.device
         (id, app, device_id, transport, address, address_hash, state, failed_at, failed_reason, user_id, locale, time_zone,
          app_version, labels, created_at, last_seen_at)
       SELECT id, $2, device_id, transport, address,
              sha256(convert_to(transport, 'UTF8') || '\\x00'::bytea || convert_to(address, 'UTF8')),
              CASE standing WHEN 'pending' THEN 'pending' ELSE 'active' END,
              CASE standing WHEN 'failed' THEN $3::timestamptz END, CASE standing WHEN 'failed' THEN 'NotRegistered' END,
              "user", locale, "timeZone", "appVersion", labels, "createdAt", "lastSeenAt"
         FROM jsonb_to_recordset($1::jsonb -> 'devices') AS v (
           id uuid, device_id text, transport text, standing text, address text, "user" text, locale text,
           "timeZone" text, "appVersion" text, labels jsonb, "createdAt" timestamptz, "lastSeenAt" timestamptz)`,
      [given, app, new Date(now())],
    )
    await tx.execute(
      `INSERT INTO sendword.app_user
       SELECT $2, id, locale, "timeZone", labels, $3, $3 FROM jsonb_to_recordset($1::jsonb -> 'users')
           AS v (id text, locale text, "timeZone" text, labels jsonb)`,
      [given, app, new Date(now())],
    )
    await tx.execute(
      `INSERT INTO sendword.device_group
       SELECT id, $2, name, $3 FROM jsonb_to_recordset($1::jsonb -> 'groups') AS v (id uuid, name text)`,
      [given, app, new Date(now())],
    )
    await tx.execute('INSERT INTO sendword.channel VALUES ($1, $2, $3, $4, false, $5)', [
      ...[channelId, app, CHANNEL, `key-${app}`, new Date(now())],
    ])
    for (const list of ['group_device', 'group_part', 'channel_device', 'channel_group']) {
      await tx.execute(
        `INSERT INTO sendword.${list}
         SELECT whole, part FROM jsonb_to_recordset($1::jsonb -> 'links') AS v (list text, whole uuid, part uuid)
          WHERE list = $2`,
        [given, list],
      )
    }
    await tx.execute('INSERT INTO sendword.channel_user SELECT $1::uuid, unnest($2::text[])', [
      channelId,
      channel.users,
    ])
  })
  return ids
}

export const addressOf = (app: string, place: number) => `${app}-address-${place}`
