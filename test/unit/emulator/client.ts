// What the emulator's tests speak to it with: plain HTTP, and nothing of Sendword's own senders.
import type { Emulator } from '../../../src/emulator/create-emulator.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

export async function post(url: string, body: string, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8', ...headers },
    body,
  })
  return { status: response.status, headers: response.headers, body: await response.text() }
}

export function postLogin(emulator: Emulator, fields: Record<string, string> = {}): Promise<Answer> {
  const { user, password, accountType, appName } = emulator.credentials.c2dm
  const form = new URLSearchParams({
    Email: user,
    Passwd: password,
    accountType,
    source: appName,
    service: 'ac2dm',
    ...fields,
  })
  return post(emulator.services.c2dm.clientLoginUrl, form.toString())
}

export async function login(emulator: Emulator): Promise<string> {
  const { body } = await postLogin(emulator)
  return /^Auth=(.+)$/m.exec(body)?.[1] ?? ''
}

export interface Message {
  readonly token: string
  readonly to: string
  readonly data?: Record<string, string>
  readonly collapseKey?: string
  readonly delayWhileIdle?: boolean
}

export function sendForm({ to, data = {}, collapseKey = 'k', delayWhileIdle = false }: Omit<Message, 'token'>): string {
  const form = new URLSearchParams({ registration_id: to, collapse_key: collapseKey })
  for (const [key, value] of Object.entries(data)) form.set(`data.${key}`, value)
  if (delayWhileIdle) form.set('delay_while_idle', '')
  return form.toString()
}

export function send(emulator: Emulator, message: Message): Promise<Answer> {
  const authorization = `GoogleLogin auth=${message.token}`
  return post(emulator.services.c2dm.sendUrl, sendForm(message), { authorization })
}
