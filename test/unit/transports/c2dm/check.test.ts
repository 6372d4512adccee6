import { describe, expect, it } from 'vitest'
import { checkC2dmContent } from '../../../../src/transports/c2dm/check.ts'

describe('the 1024 bytes of C2DM', () => {
  it('are key names, values and the collapse key', () => {
    const content = { data: { text: 'x'.repeat(1000) }, collapseKey: 'k'.repeat(20) }
    expect(checkC2dmContent(content)).toBeUndefined()
    expect(checkC2dmContent({ ...content, collapseKey: 'k'.repeat(21) })).toMatchObject({
      code: 'PUSH_MESSAGE_TOO_BIG',
    })
    expect(checkC2dmContent({ ...content, data: { text2: 'x'.repeat(1000) } })).toBeDefined()
  })

  it.each([
    ['a letter, digit or one of _.-/', 'aZ9_.-/', 7],
    ['a space', ' ', 3],
    ['other ASCII', "~!*'()+&=", 27],
    ['é', 'é', 6],
    ['€', '€', 9],
    ['an emoji', '😀', 12],
  ])('count %s percent-encoded', (_, text, bytes) => {
    const filled = (rest: number) => ({ data: { a: `${text}${'x'.repeat(rest)}` }, collapseKey: 'k' })
    expect(checkC2dmContent(filled(1022 - bytes))).toBeUndefined()
    expect(checkC2dmContent(filled(1023 - bytes))).toBeDefined()
  })

  it('reserve room for the collapse key that is made when none is given', () => {
    expect(checkC2dmContent({ data: { a: 'x'.repeat(1024 - 37 - 1) } })).toBeUndefined()
    expect(checkC2dmContent({ data: { a: 'x'.repeat(1024 - 37) } })).toMatchObject({
      detail: expect.stringContaining('collapse key 37 (made from the message id)'),
    })
  })

  it('do not count delay_while_idle', () => {
    expect(checkC2dmContent({ data: { a: 'x'.repeat(1022) }, collapseKey: 'k', delayWhileIdle: true })).toBeUndefined()
  })
})

describe('the refusal of a message that is too big', () => {
  it('says what is how long, the longest first', () => {
    const failure = checkC2dmContent({ data: { title: 'hello', text: 'é'.repeat(200) }, collapseKey: 'news' })
    expect(failure?.detail).toBe(
      'The message is 1218 bytes; C2DM takes 1024, counted percent-encoded, each key with its name: ' +
        'data.text 1204, data.title 10, collapse key 4.',
    )
  })

  it('sums up what it does not name, and shortens long names', () => {
    const data = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`key${i}`, 'x'.repeat(50)]))
    const failure = checkC2dmContent({ data: { ...data, ['n'.repeat(900)]: '' } })
    expect(failure?.detail).toContain('46 more keys')
    expect(failure?.detail.length).toBeLessThan(400)
  })

  it('refuses a notification without data, and ignores one beside data', () => {
    const notification = { title: 'T' }
    expect(checkC2dmContent({ data: {}, notification })).toMatchObject({
      code: 'PUSH_MESSAGE_INVALID',
      detail: expect.stringContaining('C2DM carries data only'),
    })
    expect(checkC2dmContent({ data: { a: 'b' }, notification })).toBeUndefined()
  })
})
