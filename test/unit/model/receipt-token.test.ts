// A receipt token is believed as it was issued, for the app that it was issued for, and in no other form.
import { randomBytes, randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createReceiptTokens, RECEIPT_TOKEN_LENGTH, type ReceiptSubject } from '../../../src/model/receipt-token.ts'

const ROUNDS = 200
const tokens = createReceiptTokens('a-secret-for-tests-of-32-characters!')

/** Days from 1970 to 2149. */
const someDay = () => new Date(randomBytes(2).readUInt16BE() * 86_400_000).toISOString().slice(0, 10)
const someApp = () => ['default', 'shop', 'läden', 'a', ' '.repeat(50)][randomBytes(1).readUInt8() % 5] ?? ''
const someSubject = (): ReceiptSubject => ({
  app: someApp(),
  messageId: randomUUID(),
  device: randomUUID(),
  releasedOn: someDay(),
})

function forMany(check: (subject: ReceiptSubject, token: string) => void): void {
  for (let round = 0; round < ROUNDS; round++) {
    const subject = someSubject()
    check(subject, tokens.issue(subject))
  }
}

test('it says what it was issued for, in 68 characters that need no escape anywhere', () => {
  expect(RECEIPT_TOKEN_LENGTH).toBe(68)
  forMany((subject, token) => {
    expect(token).toMatch(/^[A-Za-z0-9_-]{68}$/)
    expect(tokens.read(subject.app, token)).toEqual(subject)
  })
})

test('it is the same on every repeat of a send, and another for every message, device, day and app', () => {
  const subject = someSubject()
  expect(tokens.issue(subject)).toBe(tokens.issue({ ...subject }))
  const others = [
    { ...subject, messageId: randomUUID() },
    { ...subject, device: randomUUID() },
    { ...subject, releasedOn: '2149-06-06' },
    { ...subject, app: `${subject.app}x` },
  ]
  expect(new Set([subject, ...others].map(tokens.issue)).size).toBe(5)
})

describe('it is refused', () => {
  test('for another app, whatever its name', () => {
    forMany(({ app }, token) => {
      for (const other of [`${app}x`, app.slice(1), '', `${app}\0`, `\0${app}`, app.toUpperCase()]) {
        if (other !== app) expect(tokens.read(other, token)).toBeUndefined()
      }
    })
  })

  test('when it was signed with another secret', () => {
    const others = createReceiptTokens('another-secret-for-tests-of-32-chars')
    forMany((subject, token) => expect(others.read(subject.app, token)).toBeUndefined())
  })

  test('with any one bit changed', () => {
    const subject = someSubject()
    const bytes = Buffer.from(tokens.issue(subject), 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes)
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      expect(tokens.read(subject.app, changed.toString('base64url'))).toBeUndefined()
    }
  })

  test('cut short anywhere, or with more behind it', () => {
    const subject = someSubject()
    const token = tokens.issue(subject)
    for (let length = 0; length < token.length; length++) {
      expect(tokens.read(subject.app, token.slice(0, length))).toBeUndefined()
      expect(tokens.read(subject.app, token.slice(length + 1))).toBeUndefined()
    }
    for (const more of ['A', '=', '==', '\n', ' ', '\0', token]) {
      expect(tokens.read(subject.app, token + more)).toBeUndefined()
      expect(tokens.read(subject.app, more + token)).toBeUndefined()
    }
  })

  test('in another spelling of the same bytes', () => {
    forMany(({ app }, token) => {
      const plain = token.replaceAll('-', '+').replaceAll('_', '/')
      if (plain !== token) expect(tokens.read(app, plain)).toBeUndefined()
      expect(tokens.read(app, `${token.slice(0, 34)}\n${token.slice(34)}`)).toBeUndefined()
      expect(tokens.read(app, `${token.slice(0, -1)}=`)).toBeUndefined()
    })
  })

  test('with the signature of another token', () => {
    forMany((subject, token) => {
      const other = tokens.issue({ ...subject, messageId: randomUUID() })
      const bytes = [Buffer.from(token, 'base64url').subarray(0, -16), Buffer.from(other, 'base64url').subarray(-16)]
      expect(tokens.read(subject.app, Buffer.concat(bytes).toString('base64url'))).toBeUndefined()
    })
  })

  test.each([1, 16, 51, 100])('when it is %i bytes of chance, or zeros', (length) => {
    for (let round = 0; round < ROUNDS; round++) {
      expect(tokens.read('default', randomBytes(length).toString('base64url'))).toBeUndefined()
    }
    expect(tokens.read('default', Buffer.alloc(length).toString('base64url'))).toBeUndefined()
  })
})
