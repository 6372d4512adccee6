import { describe, expect, it, test } from 'vitest'
import { assertMessage } from '../../../src/model/check-message.ts'
import type { MessageContent } from '../../../src/model/message.ts'

/** As the library may be called by whoever has no types. */
function refusal(content: object): string {
  try {
    assertMessage({ data: {}, ...content } as MessageContent)
    return 'none'
  } catch (error) {
    return error instanceof Error && 'code' in error && 'detail' in error ? `${error.code} ${error.detail}` : `${error}`
  }
}

const name = { default: 'friend' }
const data = { a: '{{name}}' }

describe('locales', () => {
  test.each([
    ['are no object', { locales: 1 }, 'locales must be an object'],
    ['are a list', { locales: [] }, 'locales must be an object'],
    ['have what is no tag', { locales: { pt_BR: {} } }, 'locales.pt_BR is no BCP 47'],
    ['name a prototype', { locales: JSON.parse('{"__proto__":{}}') }, 'locales.__proto__ is no BCP 47'],
    ['have one tag twice', { locales: { 'pt-br': {}, 'pt-BR': {} } }, 'locales has pt-BR twice'],
    ['say nothing with an object', { locales: { pt: 'Olá' } }, 'locales.pt must be an object'],
    ['say something else', { locales: { pt: { ttl: 1 } } }, 'can have notification and data only'],
    ['have data that is none', { locales: { pt: { data: 1 } } }, 'locales.pt.data must be an object'],
    ['have data that is no text', { locales: { pt: { data: { a: 1 } } } }, 'In the locale pt: data.a is not a string'],
    [
      'leave a notification without text',
      { locales: { pt: { notification: { badge: 1 } } } },
      'needs a title or a body',
    ],
    [
      'have buttons that are none',
      { notification: { title: 'T' }, locales: { pt: { notification: { actions: 'x' } } }, variables: { name }, data },
      'actions is not an array',
    ],
    [
      'are too many',
      { locales: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`en-x-${i}`, {}])) },
      'locales are 101',
    ],
    [
      'are too large',
      {
        locales: Object.fromEntries(
          Array.from({ length: 5 }, (_, i) => [`en-x-${i}`, { data: { a: 'x'.repeat(14_000) } }]),
        ),
      },
      'PUSH_MESSAGE_TOO_BIG locales are',
    ],
  ])('that %s are refused', (_, content, why) => {
    expect(refusal(content)).toContain(why)
  })

  it('that differ in a text are taken', () => {
    expect(
      refusal({ notification: { title: 'Hello' }, locales: { pt: { notification: { title: 'Olá' } }, de: {} } }),
    ).toBe('none')
  })
})

describe('variables', () => {
  test.each([
    ['are none', { variables: {} }, 'variables are 0'],
    ['are no object', { data, variables: 'name' }, 'variables must be an object'],
    ['have no name', { data, variables: { name, 'a-b': name } }, 'variables.a-b is no name'],
    ['have a name too long', { data, variables: { name, ['a'.repeat(65)]: name } }, 'is no name'],
    ['have no default', { data, variables: { name: {} } }, 'variables.name.default is not a string'],
    ['have a control character', { data, variables: { name: { default: 'a\n' } } }, 'without control characters'],
    [
      'are longer than they may be',
      { data, variables: { name: { default: 'abc', maxBytes: 2 } } },
      'is 3 bytes; at most 2',
    ],
    ['have a bound that is none', { data, variables: { name: { ...name, maxBytes: 1025 } } }, 'from 1 to 1024'],
    ['have an empty label', { data, variables: { name: { ...name, label: '' } } }, 'label is empty'],
    ['are used nowhere', { data, variables: { name, other: name } }, 'variables.other is used in no text'],
    [
      'are not there',
      { data: { a: '{{nmae}}' }, variables: { name } },
      'data.a names {{nmae}}, which is not in variables',
    ],
    ['are of the prototype', { data: { a: '{{constructor}}' }, variables: { name } }, 'names {{constructor}}'],
    ['have spaces', { data: { a: '{{name}}{{ name }}' }, variables: { name } }, 'has {{ that begins no variable'],
    [
      'are not there in one language',
      { data, variables: { name }, locales: { pt: { data: { a: '{{nome}}' } } } },
      'locales.pt.data.a names {{nome}}',
    ],
    [
      'may say whom a URL leads to',
      { notification: { title: 'T', url: 'https://{{name}}/' }, variables: { name } },
      'must begin with https:// and a host',
    ],
    [
      'end the host of a URL',
      { notification: { title: 'T', url: 'https://shop.example{{name}}' }, variables: { name } },
      'must begin with https:// and a host',
    ],
    [
      'stand behind a user of a URL',
      { notification: { title: 'T', image: 'https://shop.example:1@{{name}}/a.png' }, variables: { name } },
      'must begin with https:// and a host',
    ],
    [
      'leave a notification without text',
      { notification: { title: '{{name}}' }, variables: { name: { default: '' } } },
      'needs a title or a body. Variables without a default are taken as empty.',
    ],
    [
      'make a URL too long',
      {
        notification: { title: 'T', url: 'https://shop.example/{{name}}' },
        variables: { name: { ...name, maxBytes: 1024 } },
      },
      'notification.url is 3093 bytes; at most 2048, without NUL or lone surrogates. Variables are taken at their largest',
    ],
    [
      'are too many',
      { data, variables: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`v${i}`, name])) },
      'variables are 51',
    ],
  ])('that %s are refused', (_, content, why) => {
    expect(refusal(content)).toContain(why)
  })

  it('with text in all places are taken', () => {
    const notification = {
      title: '{{name}}',
      url: 'HTTPS://shop.example/?{{name}}',
      image: 'https://shop.example/a.png',
      actions: [{ id: 'a', title: '{{name}}' }],
    }
    expect(refusal({ data: { a: '{{{name}}}' }, notification, variables: { name } })).toBe('none')
  })

  it('that no message has leave braces alone', () => {
    expect(refusal({ data: { a: '{{ name }} {{x}} {{' } })).toBe('none')
  })
})
