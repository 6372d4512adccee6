// `sendword broadcast` as a process: what it asks for, what it tells, and what it leaves behind.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CoreKit, createCoreKit } from '../../kit/core.ts'
import { manyDevices } from '../../kit/many-devices.ts'
import { query } from '../../kit/query.ts'
import { killAllRunning, removeFolder, runCommand, temporaryFolder } from './command.ts'

let folder: string
let kit: CoreKit
beforeAll(async () => {
  folder = await temporaryFolder()
  kit = await createCoreKit()
  await manyDevices(kit, 12)
  await query(kit.url, `UPDATE sendword.device SET locale = 'pt-BR' WHERE device_id < 'device-00003'`)
  await query(
    kit.url,
    `UPDATE sendword.device SET failed_at = now(), failed_reason = 'x' WHERE device_id = 'device-00000'`,
  )
})
afterAll(async () => {
  killAllRunning()
  await kit[Symbol.asyncDispose]()
  await removeFolder(folder)
})

const inAWeek = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10)
const run = (...words: string[]) => runCommand(words, { folder, env: { DATABASE_URL: kit.url } })

test('says whom it reaches, waits for the end, and tells how it ended', async () => {
  const { code, out } = await run('broadcast', '--data', 'news=spring', '--locale', 'pt', '--yes', '--wait', '30')
  expect(code).toBe(0)
  expect(out).toMatch(/^Accepted message [\w-]{36} for 2 devices, without 1 that cannot be reached\.\naccepted {2}2\n/)
})

test('answers programs in JSON, and a repeated key with the same message', async () => {
  const words = ['broadcast', '--everyone', '--data', 'a=b', '--yes', '--json', '--idempotency-key', 'once']
  const first = await run(...words)
  const second = await run(...words, '--wait')
  expect(JSON.parse(second.out)).toEqual({
    ...JSON.parse(first.out),
    ...{ devices: 11, unreachable: 1, audienceSize: 11, skipped: 1 },
    counts: { accepted: 11, rejected: 0, unregistered: 0, expired: 0, cancelled: 0 },
  })
})

test('what goes later says so, and a repeated key of `send` and `channels publish` sends nothing twice', async () => {
  const later = (key: string) => ['--send-at', `${inAWeek}T09:00:00Z`, '--idempotency-key', key]
  await run('channels', 'put', 'news', '--field', 'title=Storm')
  for (const words of [
    ['send', 'device-00001', '--data', 'a=b', ...later('send')],
    ['channels', 'publish', 'news', ...later('publish')],
    ['broadcast', '--everyone', '--data', 'a=b', '--yes', ...later('broadcast')],
  ]) {
    const first = await run(...words)
    expect(first.out).toMatch(/^Accepted message [\w-]{36} for .+\. It goes at \d{4}-\d\d-\d\dT09:00:00\.000Z\.$/m)
    expect((await run(...words)).out).toBe(first.out)
  }
})

test('sends nothing without a yes, where nobody can be asked', async () => {
  const { code, err } = await run('broadcast', '--everyone', '--data', 'a=b')
  expect(code).toBe(2)
  expect(err).toMatch(/11 devices, without 1 .*Give --yes\./s)
})

test.each([
  ['no audience', [], 'not said whom'],
  ['two audiences', ['--everyone', '--user', 'ann'], 'more than one audience'],
  ['a time that is none', ['--seen-after', 'yesterday'], 'date or a time'],
])('%s is a wrong use', async (_, words, told) => {
  const { code, err } = await run('broadcast', '--data', 'a=b', '--yes', ...words)
  expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining(told) })
})

test.each([
  ['--send-at', `${inAWeek}T09:00:00Z`, `${inAWeek}T09:00:00.000Z`],
  ['--local-time', `${inAWeek}T09:00`, `${inAWeek}T09:00 by the clocks of each recipient`],
])('messages show tells of %s when it goes, and that nobody has been looked for', async (flag, time, goes) => {
  const { out } = await run('broadcast', '--everyone', '--data', 'a=b', '--yes', '--json', flag, time)
  const shown = await run('messages', 'show', JSON.parse(out).id)
  expect(shown.out).toMatch(new RegExp(`^goes +${goes}$`, 'm'))
  expect(shown.out).toMatch(/^state +scheduled$/m)
  expect(shown.out).toMatch(/^devices +found when it goes$/m)
})

test('messages cancel says that it was over already', async () => {
  const accepted = await run('broadcast', '--user', 'nobody', '--data', 'a=b', '--yes', '--json', '--wait')
  const { id } = JSON.parse(accepted.out)
  expect((await run('messages', 'cancel', id)).out).toBe(`Message ${id} was over already; it stays as it is.\n`)
})
