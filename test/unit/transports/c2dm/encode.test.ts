import { describe, expect, it } from 'vitest'
import { confirmationContent, encodeForm, encodeHeaders } from '../../../../src/transports/c2dm/encode.ts'

const MESSAGE_ID = '01976f4a-0000-7000-8000-000000000001'
const send = (content: object) => ({
  address: 'APA91b:address',
  messageId: MESSAGE_ID,
  content: { data: {}, ...content },
})

describe('encodeForm', () => {
  it('writes the registration id, the collapse key and each key as data.<key>', () => {
    const form = encodeForm(send({ data: { greeting: 'hello world', 'a&b=c': '1+1=2' }, collapseKey: 'hi' }))
    expect(form).toBe(
      'registration_id=APA91b%3Aaddress&collapse_key=hi&data.greeting=hello+world&data.a%26b%3Dc=1%2B1%3D2',
    )
  })

  it('writes UTF-8', () => {
    expect(encodeForm(send({ data: { text: 'é€😀' } }))).toContain('data.text=%C3%A9%E2%82%AC%F0%9F%98%80')
  })

  it('names delay_while_idle only when it is on', () => {
    expect(encodeForm(send({ delayWhileIdle: true }))).toMatch(/&delay_while_idle=1$/)
    expect(encodeForm(send({ delayWhileIdle: false }))).not.toContain('delay_while_idle')
    expect(encodeForm(send({}))).not.toContain('delay_while_idle')
  })

  it('makes the collapse key from the message id when none is given, the same on a repeat', () => {
    expect(encodeForm(send({}))).toContain(`collapse_key=m${MESSAGE_ID}`)
    expect(encodeForm(send({}))).toBe(encodeForm(send({})))
  })

  it('keeps a data key apart from the fields of the protocol', () => {
    const form = new URLSearchParams(encodeForm(send({ data: { registration_id: 'other', collapse_key: 'other' } })))
    expect(form.getAll('registration_id')).toEqual(['APA91b:address'])
    expect(form.get('data.registration_id')).toBe('other')
  })
})

describe('encodeHeaders', () => {
  it('names the form with its charset, and the token by the scheme GoogleLogin', () => {
    expect(encodeHeaders('DQAAAL')).toEqual({
      'Content-Type': 'application/x-www-form-urlencoded;charset=UTF-8',
      Authorization: 'GoogleLogin auth=DQAAAL',
    })
  })
})

describe('confirmationContent', () => {
  it('carries the secret as registration_token, under that collapse key, for when the device is active', () => {
    const form = encodeForm({ address: 'APA91b', messageId: MESSAGE_ID, content: confirmationContent('secret') })
    expect(form).toBe(
      'registration_id=APA91b&collapse_key=registration_token&data.registration_token=secret&delay_while_idle=1',
    )
  })
})
