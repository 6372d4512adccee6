// Where each push service's messages carry the receipt token, how it counts, and that what is compiled once stays so.
import { describe, expect, test } from 'vitest'
import type { MessageContent } from '../../../src/model/message.ts'
import { createReceiptTokens } from '../../../src/model/receipt-token.ts'
import type { TransportRules } from '../../../src/model/transport.ts'
import { checkApnsContent } from '../../../src/transports/apns/check.ts'
import { encodeContent } from '../../../src/transports/apns/encode.ts'
import { previewApns } from '../../../src/transports/apns/preview.ts'
import { checkC2dmContent } from '../../../src/transports/c2dm/check.ts'
import { encodeForm } from '../../../src/transports/c2dm/encode.ts'
import { previewC2dm } from '../../../src/transports/c2dm/preview.ts'
import { checkFcmContent } from '../../../src/transports/fcm/check.ts'
import { encodeMessage } from '../../../src/transports/fcm/encode.ts'
import { previewFcm } from '../../../src/transports/fcm/preview.ts'
import { fillReceipt, RECEIPT_SLOT } from '../../../src/transports/receipt-slot.ts'
import { checkWebPushContent } from '../../../src/transports/webpush/check.ts'
import { encodePlaintext } from '../../../src/transports/webpush/encode.ts'
import { previewWebPush } from '../../../src/transports/webpush/preview.ts'

const ids = { app: 'default', messageId: '0192aaaa-0000-7000-8000-000000000001', releasedOn: '2026-05-04' }
const tokens = createReceiptTokens('a-secret-for-tests-of-32-characters!')
const RECEIPT = tokens.issue({ ...ids, device: '0192bbbb-0000-7000-8000-000000000001' })
const OTHER = tokens.issue({ ...ids, device: '0192bbbb-0000-7000-8000-000000000002' })
const NOW = Date.UTC(2026, 4, 4)
const MESSAGE = { address: 'cFid_22-characters-long:APA91bXYZ', messageId: ids.messageId }

interface Case extends Omit<TransportRules, 'name'> {
  encode(content: MessageContent, receipt?: string): string
  find(body: string): unknown
}

const CASES: Readonly<Record<string, Case>> = {
  c2dm: {
    check: checkC2dmContent,
    preview: previewC2dm,
    encode: (content, receipt) => encodeForm({ ...MESSAGE, content, receipt }),
    find: (body) => new URLSearchParams(body).get('data.receipt'),
  },
  fcm: {
    check: checkFcmContent,
    preview: previewFcm,
    encode: (content, receipt) => encodeMessage({ ...MESSAGE, content, receipt, ttlSeconds: 60 }, NOW),
    find: (body) => JSON.parse(body).message.data.receipt,
  },
  apns: {
    check: checkApnsContent,
    preview: previewApns,
    encode: (content, receipt) => fillReceipt(encodeContent(content, 'com.example').payload, receipt),
    find: (body) => JSON.parse(body).receipt,
  },
  webpush: {
    check: checkWebPushContent,
    preview: previewWebPush,
    encode: (content, receipt) => fillReceipt(encodePlaintext(content), receipt),
    find: (body) => JSON.parse(body).receipt,
  },
}

describe.each(Object.entries(CASES))('on %s', (_, { check, preview, encode, find }) => {
  const asked: MessageContent = { data: { n: '1' }, receipts: true }

  test('each device gets its own token, in the place that is kept for it', () => {
    expect(find(encode(asked, RECEIPT))).toBe(RECEIPT)
    expect(find(encode(asked, OTHER))).toBe(OTHER)
    expect(encode(asked, OTHER).replace(OTHER, RECEIPT)).toBe(encode(asked, RECEIPT))
  })

  test('a message that asks for none has no such place', () => {
    const content: MessageContent = { data: { n: '1' } }
    expect(encode(content)).not.toContain('receipt')
    expect(encode({ ...content, receipts: false })).toBe(encode(content))
  })

  test('the token counts: a message that fits without it exactly does not fit with it', () => {
    const sized = (length: number, receipts: boolean) => ({ data: { filler: 'x'.repeat(length) }, receipts })
    const empty = preview(sized(0, true), undefined)
    const full = empty.maxBytes - empty.bytes
    expect(check(sized(full, true))).toBeUndefined()
    expect(check(sized(full + 1, true))).toMatchObject({ code: 'PUSH_MESSAGE_TOO_BIG' })
    expect(check(sized(full + 1, false))).toBeUndefined()
    const taken = empty.bytes - preview(sized(0, false), undefined).bytes
    expect(taken).toBeGreaterThanOrEqual(RECEIPT.length + 'receipt'.length)
    expect(taken).toBeLessThanOrEqual(RECEIPT.length + '"receipt":"",'.length)
  })

  test('a preview shows where the token goes, and none', () => {
    expect(preview(asked, 60).body).toContain('{receipt}')
    expect(preview(asked, 60).body).not.toContain('u0000')
  })

  test('texts that spell the place of a token stay as they are', () => {
    const spelled = JSON.stringify(RECEIPT_SLOT)
    const data = { a: spelled, b: spelled.slice(1, -1), c: '$&', d: '\\"' }
    const body = encode({ data, receipts: true }, RECEIPT)
    expect(find(body)).toBe(RECEIPT)
    expect(body.split(RECEIPT)).toHaveLength(2)
    const shown = body.startsWith('{') ? Object.assign({}, ...objectsIn(JSON.parse(body))) : paramsOf(body)
    expect(shown).toMatchObject(data)
  })
})

function paramsOf(body: string): Record<string, string> {
  return Object.fromEntries(
    Array.from(new URLSearchParams(body), ([key, value]) => [key.replace(/^data\./, ''), value]),
  )
}

/** The object and all that it holds. */
function objectsIn(value: object): object[] {
  return [value, ...Object.values(value).flatMap((inner) => (typeof inner === 'object' ? objectsIn(inner) : []))]
}

test('on FCM, Android and browsers that are told data of their own get the token, too', () => {
  const overrides = { fcm: { android: { data: { own: '1' } }, webpush: { data: { own: '2' } } } }
  const { message } = JSON.parse(
    encodeMessage({ ...MESSAGE, content: { data: { n: '1' }, receipts: true, overrides }, receipt: RECEIPT }, NOW),
  )
  expect(message.data).toEqual({ n: '1', receipt: RECEIPT })
  expect(message.android.data).toEqual({ own: '1', receipt: RECEIPT })
  expect(message.webpush.data).toEqual({ own: '2', receipt: RECEIPT })
})

test('an alert that asks for receipts wakes the extension that can tell of the delivery', () => {
  const content = { data: {}, notification: { title: 'T' }, receipts: true }
  expect(JSON.parse(encodeContent(content, 'com.example').payload).aps).toMatchObject({ 'mutable-content': 1 })
  const { message } = JSON.parse(encodeMessage({ ...MESSAGE, content, receipt: RECEIPT }, NOW))
  expect(message.apns.payload.aps).toEqual({ 'mutable-content': 1 })
})
