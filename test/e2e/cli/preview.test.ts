// `sendword preview` as a process: what it shows, for people and for programs.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../kit/postgres.ts'
import { killAllRunning, removeFolder, runCommand, temporaryFolder } from './command.ts'

let folder: string
let database: TestDatabase
beforeAll(async () => {
  folder = await temporaryFolder()
  database = await createTestDatabase()
})
afterAll(async () => {
  killAllRunning()
  await removeFolder(folder)
  await database.dispose()
})

function preview(...words: string[]) {
  const env = { DATABASE_URL: database.url, C2DM_AUTH_USER: 'sender@shop.example', C2DM_AUTH_PASSWORD: 'open sesame' }
  return runCommand(['preview', ...words], { folder, env })
}

test('shows people the request, its size, and what is not carried or would be refused', async () => {
  const { code, out, err } = await preview('--data', 'order=42', '--title', 'Parcel', '--collapse-key', 'hi')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toBe(
    [
      'c2dm: 9 of 1024 bytes',
      '  - C2DM shows nothing by itself: notification is not sent, only data is.',
      '  - C2DM takes no ttl: what it has taken may arrive after it.',
      '  POST /c2dm/send',
      '  content-type: application/x-www-form-urlencoded;charset=UTF-8',
      '  authorization: GoogleLogin auth={token}',
      '',
      '  registration_id={address}&collapse_key=hi&data.order=42',
      '',
      '',
    ].join('\n'),
  )
  const refused = await preview('--title', 'Parcel')
  expect(refused.code).toBe(0)
  expect(refused.out).toMatch(/^c2dm: 37 of 1024 bytes, refused\n {2}! PUSH_MESSAGE_INVALID: C2DM carries data only/)
})

test('shows programs every flag of a message, for a push service that is not configured here', async () => {
  await writeFile(join(folder, 'overrides.json'), '{"fcm":{"fcm_options":{"analytics_label":"spring"}}}')
  const flags = ['--title', 'T', '--action', 'yes=Yes', 'no=No', '--badge', '2', '--sound', 'bell', '--ttl', '60']
  const more = ['--url', 'https://shop.example/42', '--overrides', '@overrides.json', '--transport', 'fcm', '--json']
  const { code, out } = await preview(...flags, ...more)
  expect(code).toBe(0)
  const { previews } = JSON.parse(out)
  expect(previews).toEqual([expect.objectContaining({ transport: 'fcm', maxBytes: 4096 })])
  expect(JSON.parse(previews[0].body).message).toMatchObject({
    data: { url: 'https://shop.example/42' },
    notification: { title: 'T' },
    android: { ttl: '60s', notification: { sound: 'bell', notification_count: 2 } },
    apns: { payload: { aps: { badge: 2, sound: 'bell', category: 'yes.no' } } },
    webpush: {
      notification: {
        actions: [
          { action: 'yes', title: 'Yes' },
          { action: 'no', title: 'No' },
        ],
      },
    },
    fcm_options: { analytics_label: 'spring' },
  })
})

test.each([
  ['--overrides', '@nowhere.json', 'The file nowhere.json cannot be read.'],
  ['--overrides', '{', 'It is not valid JSON.'],
  ['--overrides', '[]', 'It must be a JSON object.'],
  ['--action', 'yes', 'It must be id=title.'],
  ['--badge', '-1', 'It must be a whole number from 0 to 1000000.'],
  ['--transport', 'gcm', 'Allowed choices are c2dm, fcm'],
])('%s %s is a wrong command line', async (flag, value, complaint) => {
  const { code, err } = await preview('--title', 'T', flag, value)
  expect(code).toBe(2)
  expect(err).toContain(complaint)
})
