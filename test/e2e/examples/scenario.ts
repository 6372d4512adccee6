// What every example must do, whichever framework it is made with.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { parseRaw, sendRaw } from '../http/serving.ts'
import { API_KEY, type StagedExample } from './example.ts'

const AUTHORIZATION = { authorization: `Bearer ${API_KEY}` }
const JSON_TYPE = { 'content-type': 'application/json' }

/** A device proves its address at the mounted doors, the application's own route and the API send to it. */
export async function sendThrough(url: string, { emulator }: StagedExample, deviceId: string): Promise<void> {
  const phone = emulator.devices.create()
  await phone.handshake({ url: `${url}/c2dm`, deviceId })

  const shipped = await fetch(`${url}/orders/42/shipped`, {
    method: 'POST',
    headers: JSON_TYPE,
    body: JSON.stringify({ deviceId }),
  })
  expect(shipped.status).toBe(202)
  const push = await phone.nextMessage({ where: ({ data }) => 'order' in data })
  expect(push.data).toEqual({ order: '42', state: 'shipped' })

  const accepted = await fetch(`${url}/push/v1/apps/default/devices/${deviceId}/messages`, {
    method: 'POST',
    headers: { ...JSON_TYPE, ...AUTHORIZATION },
    body: JSON.stringify({ data: { from: 'the API' } }),
  })
  expect(accepted.status).toBe(202)
  expect((await phone.nextMessage({ where: ({ data }) => 'from' in data })).data).toEqual({ from: 'the API' })
  const location = new URL(accepted.headers.get('location') ?? '', accepted.url)
  expect((await fetch(location, { headers: AUTHORIZATION })).status).toBe(200)
}

/** What is refused, by the application's route, the doors and the API. */
export async function refuse(url: string): Promise<void> {
  const body = JSON.stringify({ deviceId: 'device-nobody-knows' })
  const unknown = await fetch(`${url}/orders/42/shipped`, { method: 'POST', headers: JSON_TYPE, body })
  expect(unknown.status).toBe(409)
  expect(await unknown.json()).toMatchObject({ code: 'PUSH_DEVICE_UNKNOWN' })
  expect((await fetch(`${url}/c2dm/registration`)).status).toBe(400)
  expect((await fetch(`${url}/push/v1/apps/default/devices`)).status).toBe(401)
  expect((await fetch(`${url}/push/v1/apps/other/devices`, { headers: AUTHORIZATION })).status).toBe(404)
}

/** The status that the doors give to each method. */
export async function methodsAtDoors(url: string, methods: readonly string[]): Promise<Record<string, number>> {
  const path = '/c2dm/registration?device_id=device-of-methods&registration_id=address-of-methods'
  const answers = methods.map(async (method) => {
    const answer = await sendRaw(url, `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    return [method, parseRaw(answer).status] as const
  })
  return Object.fromEntries(await Promise.all(answers))
}

/** Changes a file as an editor would. */
export async function edit({ folder }: StagedExample, file: string, text = '\n// changed\n'): Promise<void> {
  const path = join(folder, file)
  await writeFile(path, (await readFile(path, 'utf8')) + text)
}

export async function expectEngines(example: StagedExample, count: number): Promise<void> {
  await vi.waitFor(async () => expect(await example.countEngines()).toBe(count), { timeout: 20_000, interval: 50 })
}
