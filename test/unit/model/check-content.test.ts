import { describe, expect, it } from 'vitest'
import { assertContent } from '../../../src/model/check-content.ts'
import type { MessageContent } from '../../../src/model/message.ts'

const NOTE = { title: 'T' }
const refuse = (content: unknown) => {
  try {
    assertContent({ data: {}, ...(content as Partial<MessageContent>) })
  } catch (error) {
    return error
  }
  return undefined
}

describe('content', () => {
  it.each<[string, Partial<MessageContent>]>([
    ['nothing but data', { data: { a: '' } }],
    ['a title alone, a body alone', { notification: { body: 'B' } }],
    [
      'every option',
      {
        notification: { title: 'T', body: 'B', image: 'https://pics.example/1.png' },
        priority: 'normal',
        android: {
          channelId: 'c',
          icon: 'i',
          color: '#00AA55',
          sound: 's',
          tag: '',
          clickAction: 'a',
          visibility: 'public',
          notificationCount: 0,
          sticky: true,
          directBootOk: false,
        },
      },
    ],
    ['directBootOk without a notification', { android: { directBootOk: true } }],
  ])('is taken: %s', (_, content) => {
    expect(refuse(content)).toBeUndefined()
  })

  it.each<[string, object]>([
    ['notification needs a title or a body', { notification: {} }],
    ['notification needs a title or a body', { notification: { title: '', image: 'https://x/' } }],
    ['notification.title is 4098 bytes', { notification: { title: 'é'.repeat(2049) } }],
    ['notification.body is not a string', { notification: { title: 'T', body: 1 } }],
    ['notification.title is 1 bytes', { notification: { title: '\0' } }],
    ['notification.image must be an https:// URL', { notification: { ...NOTE, image: 'http://x/' } }],
    ['android.imageUrl must be an https:// URL', { notification: NOTE, android: { imageUrl: 'x' } }],
    ['android.color must be #rrggbb', { notification: NOTE, android: { color: 'red' } }],
    ['android.tag is 257 bytes', { notification: NOTE, android: { tag: 'x'.repeat(257) } }],
    ['android.visibility must be one of', { notification: NOTE, android: { visibility: 'hidden' } }],
    ['android.notificationCount must be a whole number', { notification: NOTE, android: { notificationCount: -1 } }],
    ['android.sticky must be true or false', { notification: NOTE, android: { sticky: 'yes' } }],
    ['android says how a notification is shown, but there is no notification', { android: { tag: 'x' } }],
    ['priority must be normal or high', { priority: 'urgent' }],
  ])('is refused: %s', (detail, content) => {
    expect(refuse(content)).toMatchObject({ code: 'PUSH_MESSAGE_INVALID', detail: expect.stringContaining(detail) })
  })
})
