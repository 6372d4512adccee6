import { expect, it } from 'vitest'
import { previewC2dm } from '../../../../src/transports/c2dm/preview.ts'

it('shows the form to the byte, with stand-ins for what differs or is secret', () => {
  expect(previewC2dm({ data: { greeting: 'héllo you' }, collapseKey: 'hi', delayWhileIdle: true }, undefined)).toEqual({
    method: 'POST',
    path: '/c2dm/send',
    headers: {
      'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
      authorization: 'GoogleLogin auth={token}',
    },
    body: 'registration_id={address}&collapse_key=hi&data.greeting=h%C3%A9llo+you&delay_while_idle=1',
    bytes: 8 + 16 + 2,
    maxBytes: 1024,
    notes: [],
  })
})

it('a collapse key that is made of the message’s id has its stand-in, and counts', () => {
  const { body, bytes } = previewC2dm({ data: { a: 'collapse_key=mid' } }, undefined)
  expect(body).toBe('registration_id={address}&collapse_key=m{message id}&data.a=collapse_key%3Dmid')
  expect(bytes).toBe(1 + 18 + 37)
})

it('says what is not carried, and what would be refused', () => {
  const content = {
    data: {},
    notification: { title: 'T' },
    android: { tag: 'x' },
    urgency: 'high' as const,
  }
  const { notes, refusal } = previewC2dm(content, 60)
  expect(notes).toEqual([
    'C2DM shows nothing by itself: notification is not sent, only data is.',
    'C2DM shows nothing by itself: android is not sent.',
    'C2DM knows no urgency: it is not sent.',
    'C2DM takes no ttl: what it has taken may arrive after it.',
  ])
  expect(refusal).toMatchObject({ code: 'PUSH_MESSAGE_INVALID' })
  expect(previewC2dm({ data: { a: 'b' }, validateOnly: true }, 60).refusal?.detail).toBe(
    'validateOnly is not for C2DM, which has no such thing.',
  )
})
