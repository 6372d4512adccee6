import { expect, test } from 'vitest'
import { optionsFromEnvironment } from '../../../../src/app/options/from-environment.ts'
import { resolveOptions } from '../../../../src/app/options/resolve-options.ts'
import type { SendwordOptions } from '../../../../src/app/options/sendword-options.ts'
import { WEBHOOK_EVENTS } from '../../../../src/model/webhook-event.ts'

const SECRET = `whsec_${Buffer.alloc(24, 1).toString('base64')}`
const OTHER = `whsec_${Buffer.alloc(32, 2).toString('base64')}`
const webhooksOf = (webhooks: unknown) =>
  resolveOptions({ apps: { default: { webhooks } } } as SendwordOptions).apps.get('default')?.webhooks

function problemsOf(webhooks: unknown): string {
  try {
    webhooksOf(webhooks)
    return ''
  } catch (error) {
    return (error as { detail: string }).detail
  }
}

test('a webhook without events is told of all', () => {
  expect(webhooksOf([{ url: 'https://example.com/hook', secret: SECRET }])).toEqual([
    { url: 'https://example.com/hook', secrets: [Buffer.alloc(24, 1)], events: WEBHOOK_EVENTS },
  ])
})

test('several secrets may sign, and events are chosen by name', () => {
  const given = { url: 'http://10.0.0.1/hook', secret: [SECRET, OTHER], events: ['message.finished'] }
  expect(webhooksOf([given])).toEqual([
    { url: given.url, secrets: [Buffer.alloc(24, 1), Buffer.alloc(32, 2)], events: ['message.finished'] },
  ])
})

test('the environment gives the list in JSON', () => {
  const SENDWORD_WEBHOOKS = JSON.stringify([{ url: 'https://example.com/hook', secret: SECRET }])
  const options = resolveOptions(optionsFromEnvironment({ SENDWORD_WEBHOOKS }))
  expect(options.apps.get('default')?.webhooks).toHaveLength(1)
})

test.each([
  [
    [{ url: 'ftp://example.com', secret: SECRET }],
    /^apps\.default\.webhooks\[0\]\.url is "ftp:\/\/example\.com\/?"; it must be/,
  ],
  [
    [{ url: 'https://user:pw@example.com', secret: SECRET }],
    /\[0\]\.url is "https:\/\/example\.com\/"; .*without user/,
  ],
  [[{ secret: SECRET }], /\[0\]\.url is undefined; it must be/],
  [[{ url: 'https://example.com', secret: 'whsec_short' }], /\[0\]\.secret must be whsec_/],
  [[{ url: 'https://example.com' }], /\[0\]\.secret must be whsec_/],
  [[{ url: 'https://example.com', secret: [] }], /\[0\]\.secret must be whsec_/],
  [[{ url: 'https://example.com', secret: SECRET, events: ['message.finishd'] }], /\[0\]\.events must be a list of/],
  [[{ url: 'https://example.com', secret: SECRET, events: [] }], /\[0\]\.events must be a list of/],
  [
    [{ url: 'https://example.com', secret: SECRET, event: [] }],
    /\[0\]\.event is not an option\. Did you mean events\?/,
  ],
  [
    [
      { url: 'https://example.com', secret: SECRET },
      { url: 'https://example.com', secret: OTHER },
    ],
    /\[1\]\.url is the URL of another/,
  ],
  ['https://example.com', /webhooks is text that is no list in JSON; it must be a list/],
])('%j is refused with its place', (webhooks, problem) => {
  expect(problemsOf(webhooks)).toMatch(problem)
})

test('no error shows a secret', () => {
  const secret = 'whsec_c2VjcmV0LXRoYXQtaXMtdG9vLXNob3J0'
  expect(problemsOf([{ url: 'x', secret, [secret.slice(0, 3)]: 1 }])).not.toContain('c2VjcmV0')
  expect(problemsOf(secret)).not.toContain('c2VjcmV0')
})
