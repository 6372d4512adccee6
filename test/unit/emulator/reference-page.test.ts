import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { controlRoutes } from '../../../src/emulator/control/control-routes.ts'
import { createEmulator } from '../../../src/emulator/create-emulator.ts'
import { DEVICE_STATES } from '../../../src/emulator/devices/virtual-device.ts'
import { FCM_FAULT_CODES } from '../../../src/emulator/fcm/fcm-errors.ts'
import { AUTOPUSH_FAULT_CODES } from '../../../src/emulator/webpush/autopush-error.ts'
import { APNS_REASONS } from '../../../src/protocols/apns.ts'
import { C2DM_ERRORS, CLIENT_LOGIN_ERRORS } from '../../../src/protocols/c2dm.ts'
import { OAUTH_ERRORS } from '../../../src/protocols/fcm.ts'

const page = await readFile(new URL('../../../docs/reference/emulator.md', import.meta.url), 'utf8')

it('the reference page names every error and every state', () => {
  const errors = [...C2DM_ERRORS, ...CLIENT_LOGIN_ERRORS, ...FCM_FAULT_CODES, ...OAUTH_ERRORS, ...APNS_REASONS]
  const words = [...errors, ...AUTOPUSH_FAULT_CODES, ...DEVICE_STATES]
  for (const word of words) expect(page).toContain(`\`${word}\``)
})

it('the reference page says when each error of the emulator comes', async () => {
  const source = await readFile(new URL('../../../src/emulator/emulator-error.ts', import.meta.url), 'utf8')
  const codes = [...source.matchAll(/\| '(EMULATOR_[A-Z]+)'/g)].map(([, code]) => code)
  expect(codes.length).toBeGreaterThan(5)
  for (const code of codes) expect(page).toContain(`\n| \`${code}\` | `)
})

it('the reference page lists every route of the control API', () => {
  // Routes are built without being called, so that nothing of these parts is used.
  const routes = controlRoutes({} as Parameters<typeof controlRoutes>[0])
  expect(routes.length).toBeGreaterThan(15)
  for (const { method, path } of routes) {
    if (path[0] === 'accounts') continue
    expect(page).toContain(`\`${method} /${path.join('/').replace('*', '{id}')}\``)
  }
})

it('every effect of the reference page is taken as a rule', async () => {
  const effects = [...page.matchAll(/^\| `\{ kind: '([a-z-]+)'/gm)].map(([, kind]) => kind)
  const http1 = ['error', 'status', 'delay', 'no-answer', 'reset', 'torn', 'garbage', 'update-client-auth']
  const http2 = ['goaway', 'refused-stream', 'stream-reset']
  expect(effects).toEqual([...http1, ...http2])
  await using emulator = await createEmulator()
  const more: Record<string, object> = { error: { code: 'QuotaExceeded' }, status: { status: 503 }, delay: { ms: 1 } }
  for (const kind of effects) {
    const response = await fetch(`${emulator.url}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        service: http2.includes(kind ?? '') ? 'fcm' : 'c2dm',
        effect: { kind, ...more[kind ?? ''] },
      }),
    })
    expect(response.status).toBe(201)
  }
})
