// What the tests of one transport's own share: harnesses that end with their test, and sends straight through a transport.
import { afterEach } from 'vitest'
import type { MessageContent } from '../../src/model/message.ts'
import type { Outcome } from '../../src/model/outcome.ts'
import type { Send, Transport } from '../../src/model/transport.ts'
import { type ContractDevice, type HarnessOptions, nextMessageId } from './transport-harness.ts'

interface Closable {
  close(): Promise<void>
}

/** Answers with functions that open a harness, and that note whatever else is to be closed after the test. */
export function opener<Options extends HarnessOptions, Harness extends Closable>(
  create: (options: Options) => Promise<Harness>,
) {
  const opened: Closable[] = []
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close()
  })
  const closeLater = <One extends Closable>(one: One): One => {
    opened.push(one)
    return one
  }
  const open = async (options: Partial<Options> = {}): Promise<Harness> =>
    closeLater(await create({ timeoutMs: 20_000, ...options } as Options))
  return { open, closeLater }
}

export function send(
  transport: Transport,
  { address }: Pick<ContractDevice, 'address'>,
  content: Partial<MessageContent> = {},
  more: Partial<Send> = {},
): Promise<Outcome> {
  return transport.send({ address, messageId: nextMessageId(), content: { data: { n: '1' }, ...content }, ...more })
}

/** At once, each with its number as `n`. */
export function burst(transport: Transport, phone: ContractDevice, count: number): Promise<Outcome[]> {
  return Promise.all(Array.from({ length: count }, (_, i) => send(transport, phone, { data: { n: String(i) } })))
}
