// Who may use the JSON API, what it says of itself, and what it answers where nothing is served.
import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { API_KEY, type Serving, serve } from './serving.ts'

let serving: Serving
beforeAll(async () => {
  serving = await serve()
})
afterAll(() => serving[Symbol.asyncDispose]())

async function expectProblem(response: Response, status: number, code: string): Promise<void> {
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  expect(await response.json()).toMatchObject({ status, code })
  expect(response.status).toBe(status)
}

describe('the key', () => {
  const cases: ReadonlyArray<readonly [string, Record<string, string>]> = [
    ['none', {}],
    ['an empty header', { authorization: '' }],
    ['a wrong one', { authorization: `Bearer ${API_KEY}x` }],
    ['its beginning', { authorization: `Bearer ${API_KEY.slice(0, -1)}` }],
    ['another scheme', { authorization: `Basic ${btoa(`:${API_KEY}`)}` }],
    ['no scheme', { authorization: API_KEY }],
    ['another header', { 'x-api-key': API_KEY }],
    ['two of them', { authorization: `Bearer ${API_KEY}, Bearer ${API_KEY}` }],
  ]

  test.each(cases)('%s is answered 401 everywhere, also where there is nothing', async (_fact, headers) => {
    for (const path of [
      '/v1',
      '/v1/',
      '/v1/nothing',
      '/v1/apps/default/devices',
      '/v1/apps/nobody/devices',
      '/v1/apps/default/devices/%ff',
    ]) {
      const answer = await fetch(`${serving.server.url}${path}`, { headers })
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="sendword"')
      await expectProblem(answer, 401, 'PUSH_REQUEST_UNAUTHENTICATED')
    }
  })

  test('in the query is not taken', async () => {
    const answer = await fetch(`${serving.server.url}/v1/apps/default/devices?key=${API_KEY}&access_token=${API_KEY}`)
    expect(answer.status).toBe(401)
  })

  test('is taken with its scheme in any letters', async () => {
    const answer = await fetch(`${serving.server.url}/v1/apps/default/holds`, {
      headers: { authorization: `bEARER  ${API_KEY}` },
    })
    expect(answer.status).toBe(200)
  })

  test('that was made on the first start is taken too, and one of other letters as UTF-8', async () => {
    await using made = await serve({ keyless: true })
    const holds = `${made.server.url}/v1/apps/default/holds`
    expect((await fetch(holds, { headers: { authorization: 'Bearer anything-at-all' } })).status).toBe(401)
    const key = made.core.apiKeys.generate()
    expect(await made.core.apiKeys.keepFirst(key)).toBe(true)
    expect((await fetch(holds, { headers: { authorization: `Bearer ${key}` } })).status).toBe(200)
    await using umlaut = await serve({ options: { apiKey: 'schlüssel-mit-umlaut-und-länge' } })
    const raw = await umlaut.raw(
      Buffer.from(
        `GET /v1/apps/default/holds HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer schlüssel-mit-umlaut-und-länge\r\nConnection: close\r\n\r\n`,
      ),
    )
    expect(raw).toMatch(/^HTTP\/1\.1 200/)
  })
})

describe('the API as a whole', () => {
  test('describes itself in OpenAPI without a key', async () => {
    const answer = await fetch(`${serving.server.url}/v1/openapi.json`)
    expect(answer.status).toBe(200)
    const document = (await answer.json()) as { openapi: string; paths: Record<string, object>; security: unknown }
    expect(document.openapi).toBe('3.1.0')
    expect(document.security).toEqual([{ apiKey: [] }])
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((m) => `${m} ${path}`),
    )
    expect(operations.sort()).toEqual(
      [
        'post /v1/apps/{app}/registrations',
        'post /v1/apps/{app}/confirmations',
        'post /v1/apps/{app}/receipts',
        'delete /v1/apps/{app}/registrations/{deviceId}',
        'post /v1/apps/{app}/devices/{deviceId}/messages',
        'get /v1/apps/{app}/messages/{id}',
        'get /v1/apps/{app}/messages/{id}/deliveries',
        'get /v1/apps/{app}/messages/{id}/events',
        'get /v1/apps/{app}/devices/{deviceId}/deliveries',
        'post /v1/apps/{app}/messages',
        'post /v1/apps/{app}/messages/{id}/cancel',
        'post /v1/apps/{app}/audiences/count',
        'post /v1/apps/{app}/messages/preview',
        'get /v1/apps/{app}/webpush/key',
        'get /v1/apps/{app}/devices',
        'get /v1/apps/{app}/devices/{deviceId}',
        'delete /v1/apps/{app}/devices/{deviceId}',
        'post /v1/apps/{app}/devices/{deviceId}/approve',
        'get /v1/apps/{app}/users',
        'put /v1/apps/{app}/users/{userId}',
        'get /v1/apps/{app}/users/{userId}',
        'delete /v1/apps/{app}/users/{userId}',
        'get /v1/apps/{app}/users/{userId}/devices',
        'put /v1/apps/{app}/users/{userId}/devices/{deviceId}',
        'delete /v1/apps/{app}/users/{userId}/devices/{deviceId}',
        'get /v1/apps/{app}/groups',
        'put /v1/apps/{app}/groups/{name}',
        'patch /v1/apps/{app}/groups/{name}',
        'get /v1/apps/{app}/groups/{name}',
        'delete /v1/apps/{app}/groups/{name}',
        'get /v1/apps/{app}/groups/{name}/devices',
        'post /v1/apps/{app}/groups/{name}/members',
        'post /v1/apps/{app}/groups/{name}/members/remove',
        'get /v1/apps/{app}/channels',
        'put /v1/apps/{app}/channels/{name}',
        'patch /v1/apps/{app}/channels/{name}',
        'get /v1/apps/{app}/channels/{name}',
        'delete /v1/apps/{app}/channels/{name}',
        'get /v1/apps/{app}/channels/{name}/devices',
        'get /v1/apps/{app}/channels/{name}/users',
        'post /v1/apps/{app}/channels/{name}/publish',
        'post /v1/apps/{app}/channels/{name}/subscribers',
        'post /v1/apps/{app}/channels/{name}/subscribers/remove',
        'get /v1/apps/{app}/holds',
        'get /v1/apps/{app}/webhooks',
        'post /v1/apps/{app}/webhooks/test',
        'post /v1/apps/{app}/webhooks/replay',
        'post /v1/apps/{app}/webhooks/{id}/replay',
        'post /v1/apps/{app}/transports/{transport}/resume',
      ].sort(),
    )
  })

  test('is described on its page, operation by operation', async () => {
    const page = await readFile(new URL('../../../docs/reference/http-api.md', import.meta.url), 'utf8')
    const { paths } = (await (await fetch(`${serving.server.url}/v1/openapi.json`)).json()) as { paths: object }
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const described = [...page.matchAll(/^### `([A-Z]+ \/v1\S+)`$/gm)].map(([, operation]) => operation)
    expect(described.sort()).toEqual(operations.sort())
  })

  test('answers HEAD as GET, without a body', async () => {
    const answer = await serving.api('/v1/apps/default/holds', { method: 'HEAD' })
    expect([answer.status, await answer.text()]).toEqual([200, ''])
  })

  test.each([
    ['PUT', '/v1/apps/default/devices/device-any', 'GET, HEAD, DELETE'],
    ['DELETE', '/v1/apps/default/devices', 'GET, HEAD'],
    ['OPTIONS', '/v1/apps/default/devices/device-any/messages', 'POST'],
    ['GET', '/v1/apps/default/devices/device-any/messages', 'POST'],
    ['PATCH', '/v1/apps/default/messages/1', 'GET, HEAD'],
    ['GET', '/v1/apps/default/transports/c2dm/resume', 'POST'],
    ['POST', '/v1/openapi.json', 'GET, HEAD'],
  ])('answers %s %s with 405 and Allow: %s', async (method, path, allow) => {
    const answer = await serving.api(path, { method })
    expect(answer.headers.get('allow')).toBe(allow)
    await expectProblem(answer, 405, 'PUSH_REQUEST_METHOD')
  })

  test('answers TRACE with 405 as well', async () => {
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      const url = `${serving.server.url}/v1/apps/default/devices`
      const headers = { authorization: `Bearer ${API_KEY}` }
      request(url, { method: 'TRACE', headers }, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end()
    })
    expect(answer).toBe(405)
  })

  test.each([
    '/v1',
    '/v1/',
    '/v1/apps',
    '/v1/apps/default',
    '/v1/apps/default/devices/',
    '/v1//apps/default/devices',
    '/v2',
    '/',
  ])('has nothing at %s', async (path) => {
    await expectProblem(await serving.api(path), 404, 'PUSH_REQUEST_NOT_FOUND')
  })

  test('is guarded against caches and browsers', async () => {
    for (const path of ['/v1/apps/default/holds', '/v1/openapi.json', '/v1/nothing', '/healthz', '/nothing']) {
      const { headers } = await serving.api(path, { headers: { origin: 'https://evil.example' } })
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('access-control-allow-origin')).toBeNull()
    }
  })
})
