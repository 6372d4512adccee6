// Messages in several languages and with variables, to devices of every push service: through the library, over HTTP and
// from the command line.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { VirtualDevice } from '../../../src/emulator/create-emulator.ts'
import { createServer, type HttpServer } from '../../../src/http/server.ts'
import { createSendword, type Sendword } from '../../../src/sendword/create-sendword.ts'
import { TEST_SECRET } from '../../kit/core.ts'
import { createFourServices, type FourServices, nextText } from '../../kit/four-services.ts'
import { query } from '../../kit/query.ts'
import { killAllRunning, removeFolder, runCommand, temporaryFolder } from '../cli/command.ts'

const API_KEY = 'an-api-key-for-tests-of-32-chars'

let four: FourServices
let sendword: Sendword
let server: HttpServer
let folder: string
const devices: Record<string, VirtualDevice> = {}
beforeAll(async () => {
  four = await createFourServices({ locale: 'de' }, { options: { apiKey: API_KEY } })
  sendword = await createSendword({
    ...{ database: four.kit.url, secret: TEST_SECRET, workers: false },
    apps: { default: four.app },
  })
  server = await createServer(four.core, { host: '127.0.0.1', port: 0 })
  folder = await temporaryFolder()
  await four.core.users.put(
    { app: 'default', userId: 'ada' },
    { locale: 'pt-PT', labels: { name: 'Ada', plan: 'pro', trap: '{{plan}}' } },
  )
  devices.c2dm = await four.add({ deviceId: 'on-c2dm-1', transport: 'c2dm', userId: 'ada', labels: { name: 'Phone' } })
  devices.fcm = await four.add({ deviceId: 'on-fcm-01', transport: 'fcm', userId: 'ada', locale: 'zh-Hant-TW' })
  devices.apns = await four.add({ deviceId: 'on-apns-1', transport: 'apns', locale: 'pt-BR', labels: { name: 'Bea' } })
  devices.webpush = await four.add({ deviceId: 'on-webp-1', transport: 'webpush' })
})
afterAll(async () => {
  killAllRunning()
  await server.close(1_000)
  await sendword.close()
  await four[Symbol.asyncDispose]()
  await removeFolder(folder)
})

const EVERYWHERE = ['c2dm', 'fcm', 'apns', 'webpush'] as const

/** What each device is told next, by its push service. */
async function told(names: readonly (typeof EVERYWHERE)[number][] = EVERYWHERE) {
  const entries = names.map(async (name) => [name, await nextText(devices[name] as VirtualDevice)])
  return Object.fromEntries(await Promise.all(entries))
}

function api(path: string, body: object): Promise<Response> {
  return fetch(`${server.url}/v1/apps/default/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${API_KEY}` },
    body: JSON.stringify(body),
  })
}

const MESSAGE = {
  data: { text: 'Hello {{name}}' },
  notification: { title: 'Hello', body: '{{name}}', url: 'https://shop.example/{{name}}' },
  locales: {
    'pt-br': { notification: { title: 'Oi' } },
    pt: { notification: { title: 'Olá' }, data: { text: 'Olá {{name}}' } },
    zh: { notification: { title: '你好' } },
    de: { notification: { title: 'Hallo' } },
  },
  variables: { name: { label: 'name', default: 'friend' } },
}

test('the library sends to each in its language, or its user’s, or the app’s, with its own values', async () => {
  const { data, ...options } = MESSAGE
  const message = await sendword.messages.publish(data, { ...options, audience: { everyone: true } })
  const all = await told()
  expect(all.c2dm).toEqual({ data: { text: 'Olá Phone' } })
  expect(all.fcm).toMatchObject({
    data: { text: 'Hello Ada', url: 'https://shop.example/Ada' },
    notification: { title: '你好', body: 'Ada' },
  })
  expect(all.apns).toMatchObject({ data: { text: 'Hello Bea' }, aps: { alert: { title: 'Oi', body: 'Bea' } } })
  expect(all.webpush).toMatchObject({
    data: { text: 'Hello friend' },
    notification: { title: 'Hallo', body: 'friend', navigate: 'https://shop.example/friend' },
  })
  expect((await message.settled({ timeout: 20_000 })).counts).toMatchObject({ accepted: 4 })
})

describe('values', () => {
  test('of named users go before their labels, over HTTP; nobody else has any', async () => {
    const audience = { users: ['ada'] }
    const values = { ada: { name: 'Countess & Co' } }
    expect((await api('messages', { ...MESSAGE, audience, values })).status).toBe(202)
    expect(await told(['c2dm', 'fcm'])).toMatchObject({
      c2dm: { data: { text: 'Olá Countess & Co' } },
      fcm: { data: { url: 'https://shop.example/Countess%20%26%20Co' }, notification: { body: 'Countess & Co' } },
    })
    const refused = await api('messages', { ...MESSAGE, audience, values: { eve: { name: 'Eve' } } })
    expect(await refused.json()).toMatchObject({ code: 'PUSH_MESSAGE_INVALID' })
  })

  test('of named devices are kept once, however many there are, and go with the message', async () => {
    const ids = ['on-apns-1', 'on-webp-1', ...Array.from({ length: 998 }, (_, n) => `nobody-has-${n}`)]
    const values = Object.fromEntries(ids.map((id) => [id, { name: `of ${id} ${'x'.repeat(180)}` }]))
    const answer = await api('messages', { ...MESSAGE, audience: { devices: ids }, values })
    expect(answer.status).toBe(202)
    const { id } = (await answer.json()) as { id: string }
    const all = (await told(['apns', 'webpush'])) as { apns: { data: object }; webpush: { data: object } }
    // The default bound of a value.
    expect(all.apns.data).toEqual({
      text: `Hello ${`of on-apns-1 ${'x'.repeat(180)}`.slice(0, 128)}`,
      url: expect.any(String),
    })
    await four.core.messages.settled(id, { timeout: 20_000 })
    const kept = await query(four.kit.url, 'SELECT message_id FROM sendword.message_values WHERE message_id = $1', [id])
    expect(kept).toHaveLength(1)
  })

  test('of one device stand in its message, by the library and the command line', async () => {
    const device = await sendword.devices.get('on-webp-1')
    await device.sendMessage(
      { text: '{{name}} {{plan}}' },
      {
        variables: { name: { default: 'friend' }, plan: { label: 'plan', default: 'free' } },
        values: { name: 'Web' },
      },
    )
    expect(await told(['webpush'])).toEqual({ webpush: { data: { text: 'Web free' } } })
    const { code, err } = await runCommand(
      [
        ...['send', 'on-c2dm-1', '--data', 'text={{trap}} {{name}}', '--values', '{"name":"Cli"}', '--variables'],
        JSON.stringify({ trap: { label: 'trap', default: '' }, name: { default: 'x' } }),
      ],
      { folder, env: { DATABASE_URL: four.kit.url } },
    )
    expect({ code, err }).toMatchObject({ code: 0 })
    // What a label holds is no template.
    expect(await told(['c2dm'])).toEqual({ c2dm: { data: { text: '{{plan}} Cli' } } })
  })
})

test('a broadcast from the command line takes languages and variables from files', async () => {
  const { code, out } = await runCommand(
    [
      ...['broadcast', '--device', 'on-apns-1', '--title', 'Hi {{name}}', '--yes', '--wait', '30'],
      ...['--locales', '{"pt":{"notification":{"title":"Olá {{name}}"}}}'],
      ...['--variables', '{"name":{"default":"x"}}', '--values', '{"on-apns-1":{"name":"Bea B."}}'],
    ],
    { folder, env: { DATABASE_URL: four.kit.url } },
  )
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('accepted  1') })
  expect(await told(['apns'])).toMatchObject({ apns: { aps: { alert: { title: 'Olá Bea B.' } } } })
})

describe('a channel', () => {
  test('has its notification in several languages, and its fields in one', async () => {
    await four.core.channels.put({ app: 'default', name: 'news' }, { fields: { headline: 'Spring' } })
    await four.core.channels.subscribe({ app: 'default', name: 'news' }, { devices: ['on-fcm-01', 'on-webp-1'] })
    await sendword.channels.publish('news', {
      notification: { title: 'News' },
      locales: { zh: { notification: { title: '新闻' } } },
    })
    expect(await told(['fcm', 'webpush'])).toMatchObject({
      fcm: { data: { headline: 'Spring' }, notification: { title: '新闻' } },
      webpush: { data: { headline: 'Spring' }, notification: { title: 'News' } },
    })
    const data = { locales: { zh: { data: { headline: 'x' } } } }
    expect((await api('channels/news/publish', data)).status).toBe(400)
    const publishing = four.core.channels.publish({ app: 'default', name: 'news' }, { content: data as object })
    await expect(publishing).rejects.toMatchObject({ code: 'PUSH_MESSAGE_INVALID' })
  })
})

describe('a preview', () => {
  test('shows one language with the defaults, and is refused for the largest', async () => {
    const answer = await api('messages/preview', { ...MESSAGE, locale: 'pt', transports: ['apns'] })
    const { previews } = (await answer.json()) as { previews: { body: string; refusal?: object }[] }
    expect(JSON.parse(previews[0]?.body ?? '')).toMatchObject({
      aps: { alert: { title: 'Olá', body: 'friend' } },
      text: 'Olá friend',
    })
    expect(previews[0]?.refusal).toBeUndefined()
    const large = { data: { text: '{{name}}' }, variables: { name: { default: 'x', maxBytes: 1024 } } }
    const [c2dm] = sendword.messages.preview(large.data, { variables: large.variables, transports: ['c2dm'] })
    expect(c2dm).toMatchObject({
      body: expect.stringContaining('data.text=x'),
      refusal: { code: 'PUSH_MESSAGE_TOO_BIG' },
    })
    expect(() => sendword.messages.preview({ a: 'b' }, { locale: 'no tag' })).toThrow('BCP 47')
  })

  test('on the command line takes the language, too', async () => {
    const words = [
      'preview',
      '--title',
      'Hello',
      '--locales',
      '{"pt":{"notification":{"title":"Oi"}}}',
      '--locale',
      'pt-BR',
    ]
    const env = { DATABASE_URL: four.kit.url }
    const { out } = await runCommand([...words, '--transport', 'fcm'], { folder, env })
    expect(out).toContain('"title":"Oi"')
  })
})

test('devices whose push service cannot carry every language are left out when asked to', async () => {
  const locales = { pt: { data: { text: 'x'.repeat(1_500) } } }
  const audience = { devices: ['on-c2dm-1', 'on-webp-1'] }
  const publish = (skipUnfit: boolean) => sendword.messages.publish({ text: 'short' }, { audience, locales, skipUnfit })
  await expect(publish(false)).rejects.toMatchObject({
    code: 'PUSH_MESSAGE_TOO_BIG',
    detail: expect.stringContaining('Devices of c2dm could not get it: In the locale pt: '),
  })
  const message = await publish(true)
  expect(await message.settled({ timeout: 20_000 })).toMatchObject({ audienceSize: 1, skipped: 1 })
  expect(await told(['webpush'])).toEqual({ webpush: { data: { text: 'short' } } })
})
