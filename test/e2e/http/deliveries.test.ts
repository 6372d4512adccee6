// The ledger over HTTP and in the library.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSendword } from '../../../src/sendword/create-sendword.ts'
import { addToLedger, FINISHED_AT } from '../../kit/ledger.ts'
import { query } from '../../kit/query.ts'
import { type Serving, serve } from './serving.ts'

let serving: Serving
beforeAll(async () => {
  serving = await serve()
})
afterAll(async () => await serving[Symbol.asyncDispose]())

const TOLD_AT = new Date('2030-05-06T08:00:00.000Z')
const path = (id: string, search = '') => `/v1/apps/default/messages/${id}/deliveries${search}`
const numbered = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, n) => ({ deviceId: `${prefix}-${`${n}`.padStart(5, '0')}` }))

interface Page {
  readonly deliveries: ReadonlyArray<Record<string, unknown>>
  readonly next?: string
}

async function pageAt(url: string): Promise<Page> {
  const answer = await serving.api(url)
  expect(answer.status).toBe(200)
  return (await answer.json()) as Page
}

async function refusal(url: string): Promise<string> {
  const answer = await serving.api(url)
  return `${answer.status} ${((await answer.json()) as { code: string }).code}`
}

describe('what became of a message', () => {
  test('is shown device by device, with what the device told', async () => {
    const id = await addToLedger(serving.url, [
      { deviceId: 'device-told', providerId: 'p-1', deliveredAt: TOLD_AT, openedAt: TOLD_AT },
    ])
    const told = TOLD_AT.toISOString()
    expect(await pageAt(path(id))).toEqual({
      deliveries: [
        {
          messageId: id,
          deviceId: 'device-told',
          outcome: 'accepted',
          providerId: 'p-1',
          attempts: 1,
          finishedAt: FINISHED_AT.toISOString(),
          deliveredAt: told,
          openedAt: told,
        },
      ],
    })
  })

  test('comes in pages that hold every device once, and the last has no next', async () => {
    const entries = numbered('paged', 7)
    const id = await addToLedger(serving.url, entries)
    const seen: unknown[] = []
    const sizes: number[] = []
    for (let search = '?limit=3', more = true; more; ) {
      const { deliveries, next } = await pageAt(path(id, search))
      seen.push(...deliveries.map(({ deviceId }) => deviceId))
      sizes.push(deliveries.length)
      search = `?limit=3&after=${next}`
      more = next !== undefined
    }
    expect(sizes).toEqual([3, 3, 1])
    expect(seen.sort()).toEqual(entries.map(({ deviceId }) => deviceId))
    expect((await pageAt(path(id, '?limit=7'))).next).toBeUndefined()
  })

  test('can be limited to an outcome and a reason', async () => {
    const id = await addToLedger(serving.url, [
      { deviceId: 'device-good' },
      { deviceId: 'device-gone', outcome: 'unregistered', reason: 'NotRegistered' },
      { deviceId: 'device-other', outcome: 'unregistered', reason: 'InvalidRegistration' },
    ])
    const ids = async (search: string) => (await pageAt(path(id, search))).deliveries.map(({ deviceId }) => deviceId)
    expect((await ids('?outcome=unregistered')).sort()).toEqual(['device-gone', 'device-other'])
    expect(await ids('?outcome=unregistered&reason=NotRegistered')).toEqual(['device-gone'])
    expect(await ids('?outcome=cancelled')).toEqual([])
  })

  test('stays when the device is removed, without its id', async () => {
    const id = await addToLedger(serving.url, [{ deviceId: 'device-removed' }])
    await serving.core.devices.remove({ app: 'default', deviceId: 'device-removed' })
    const { deliveries } = await pageAt(path(id))
    expect(deliveries).toMatchObject([{ outcome: 'accepted' }])
    expect(deliveries[0]).not.toHaveProperty('deviceId')
  })

  test.each([
    ['?limit=0', '400 PUSH_REQUEST_INVALID'],
    ['?limit=1001', '400 PUSH_REQUEST_INVALID'],
    ['?after=yesterday', '400 PUSH_REQUEST_INVALID'],
    ['?outcome=lost', '400 PUSH_REQUEST_INVALID'],
    ['?reason=%00', '400 PUSH_REQUEST_INVALID'],
    ['?format=xml', '400 PUSH_REQUEST_INVALID'],
    ['?format=csv&limit=5', '400 PUSH_REQUEST_INVALID'],
    ['?page=2', '400 PUSH_REQUEST_INVALID'],
  ])('is refused with %s: %s', async (search, refused) => {
    const id = await addToLedger(serving.url, [{ deviceId: 'device-asked' }])
    expect(await refusal(path(id, search))).toBe(refused)
  })

  test('of an unknown message, or one of another app, is 404, also as a stream', async () => {
    const id = await addToLedger(serving.url, [{ deviceId: 'device-asked' }])
    await query(serving.url, `UPDATE sendword.message SET app = 'elsewhere' WHERE id = $1`, [id])
    for (const asked of [id, '01970000-0000-7000-8000-ffffffffffff', 'none']) {
      expect(await refusal(path(asked))).toBe('404 PUSH_MESSAGE_UNKNOWN')
      expect(await refusal(path(asked, '?format=csv'))).toBe('404 PUSH_MESSAGE_UNKNOWN')
    }
  })
})

describe('a stream of what became of a message', () => {
  const HEAD = 'messageId,deviceId,outcome,reason,providerId,attempts,finishedAt,deliveredAt,openedAt\r\n'

  test('in CSV is quoted, and no spreadsheet takes a cell for a formula', async () => {
    const id = await addToLedger(serving.url, [
      { deviceId: '=HYPERLINK("http://evil")', outcome: 'rejected', reason: '@SUM(A1), "x"', providerId: '-1+1' },
    ])
    const answer = await serving.api(path(id, '?format=csv'))
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="deliveries-${id}.csv"`)
    expect(await answer.text()).toBe(
      `${HEAD}${id},"'=HYPERLINK(""http://evil"")",rejected,"'@SUM(A1), ""x""",'-1+1,1,${FINISHED_AT.toISOString()},,\r\n`,
    )
  })

  test('in NDJSON has a line for each device, of any number, and takes the filters', async () => {
    const entries = numbered('streamed', 2500)
    const id = await addToLedger(serving.url, [...entries, { deviceId: 'streamed-rejected', outcome: 'rejected' }])
    const lines = async (search: string) => {
      const text = await (await serving.api(path(id, search))).text()
      return text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as { deviceId: string })
    }
    const seen = (await lines('?format=ndjson&outcome=accepted')).map(({ deviceId }) => deviceId)
    expect(seen.sort()).toEqual(entries.map(({ deviceId }) => deviceId))
    expect(await lines('?format=ndjson&outcome=rejected')).toMatchObject([{ deviceId: 'streamed-rejected' }])
  })

  test.each([
    ['text/csv', 'text/csv; charset=utf-8'],
    ['application/x-ndjson', 'application/x-ndjson; charset=utf-8'],
    ['text/csv;q=0.5, application/json', 'application/json'],
    ['text/html', 'application/json'],
    ['*/*', 'application/json'],
  ])('answers Accept: %s with %s', async (accept, contentType) => {
    const id = await addToLedger(serving.url, [{ deviceId: 'device-accept' }])
    const answer = await serving.api(path(id), { headers: { accept } })
    expect(answer.headers.get('content-type')).toBe(contentType)
    await answer.text()
  })

  test('answers HEAD without a body', async () => {
    const id = await addToLedger(serving.url, [{ deviceId: 'device-head' }])
    const answer = await serving.api(path(id, '?format=csv'), { method: 'HEAD' })
    expect([answer.status, await answer.text()]).toEqual([200, ''])
  })

  test('is ended by its reader without harm', async () => {
    const id = await addToLedger(serving.url, numbered('streamed', 2500))
    const reader = (await serving.api(path(id, '?format=ndjson'))).body?.getReader()
    expect((await reader?.read())?.done).toBe(false)
    await reader?.cancel()
    expect((await pageAt(path(id, '?limit=1'))).deliveries).toHaveLength(1)
  })
})

describe('what became of the messages to a device', () => {
  const history = (deviceId: string, search = '') => `/v1/apps/default/devices/${deviceId}/deliveries${search}`

  test('is shown with the newest first, in pages', async () => {
    const entry = { deviceId: 'device-history' }
    const ids = [
      await addToLedger(serving.url, [entry]),
      await addToLedger(serving.url, [entry]),
      await addToLedger(serving.url, [entry]),
    ]
    const first = await pageAt(history('device-history', '?limit=2'))
    expect(first.deliveries.map(({ messageId }) => messageId)).toEqual([ids[2], ids[1]])
    const second = await pageAt(history('device-history', `?limit=2&after=${first.next}`))
    expect(second).toMatchObject({ deliveries: [{ messageId: ids[0], deviceId: 'device-history' }] })
    expect(second.next).toBeUndefined()
  })

  test('of an unknown device is 404', async () => {
    expect(await refusal(history('device-nobody'))).toBe('404 PUSH_DEVICE_UNKNOWN')
  })
})

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = []
  for await (const item of items) collected.push(item)
  return collected
}

describe('the library', () => {
  test('walks through all results of a message, and of a device', async () => {
    const entries = numbered('walked', 1500)
    const id = await addToLedger(serving.url, [...entries, { deviceId: 'walked-rejected', outcome: 'rejected' }])
    await using sendword = await createSendword({ database: serving.url, workers: false, log: { level: 'silent' } })
    const all = await collect(sendword.messages.deliveries(id))
    expect(all).toHaveLength(1501)
    const rejected = await collect(sendword.messages.deliveries(id, { outcome: 'rejected' }))
    expect(rejected).toMatchObject([{ deviceId: 'walked-rejected', finishedAt: FINISHED_AT, reason: undefined }])
    const device = await sendword.devices.get('walked-00000')
    expect(await collect(device.deliveries())).toMatchObject([{ messageId: id }])
  })

  test('says that a message is unknown', async () => {
    await using sendword = await createSendword({ database: serving.url, workers: false, log: { level: 'silent' } })
    const unknown = collect(sendword.messages.deliveries('01970000-0000-7000-8000-ffffffffffff'))
    await expect(unknown).rejects.toMatchObject({ code: 'PUSH_MESSAGE_UNKNOWN' })
  })
})
