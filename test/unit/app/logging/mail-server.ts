// A local mail server on a real socket, and a clock that moves only when a test says so.
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import type { Clock } from '../../../../src/util/clock.ts'

const fixture = (name: string) => readFileSync(new URL(`../../../kit/fixtures/${name}`, import.meta.url))

export interface MailServer {
  readonly port: number
  /** All mails so far. */
  readonly mails: ParsedMail[]
  /** Resolves when `count` mails have arrived in all. */
  received(count: number): Promise<void>
  /** Whether the last mail came over TLS. */
  wasSecure: boolean
  /** Refuses every mail while true. */
  refuses: boolean
  close(): Promise<void>
}

export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const mails: ParsedMail[] = []
  let onMail = () => {}
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    // Nobody vouches for this certificate, as on most machines' own mail servers.
    key: fixture('localhost-key.pem'),
    cert: fixture('localhost-cert.pem'),
    ...options,
    onData(stream, session, callback) {
      simpleParser(stream).then((mail) => {
        if (state.refuses) return callback(new Error('mailbox full'))
        mails.push(mail)
        state.wasSecure = session.secure
        onMail()
        callback()
      }, callback)
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const state: MailServer = {
    port: (server.server.address() as AddressInfo).port,
    mails,
    wasSecure: false,
    refuses: false,
    async received(count) {
      while (mails.length < count) {
        await new Promise<void>((resolve) => {
          onMail = resolve
        })
      }
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  }
  return state
}

export interface ManualClock extends Clock {
  /** Moves the time and wakes who slept until then. */
  advance(ms: number): Promise<void>
  /** How long each sleeper still has to wait. */
  waits(): number[]
}

export function manualClock(start = Date.UTC(2030, 0, 1)): ManualClock {
  let now = start
  let sleepers: Array<{ readonly until: number; readonly wake: () => void }> = []
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { until: now + ms, wake: resolve }
        sleepers.push(sleeper)
        signal?.addEventListener('abort', () => {
          sleepers = sleepers.filter((other) => other !== sleeper)
          reject(signal.reason)
        })
      }),
    async advance(ms) {
      now += ms
      const due = sleepers.filter(({ until }) => until <= now)
      sleepers = sleepers.filter(({ until }) => until > now)
      for (const { wake } of due) wake()
    },
    waits: () => sleepers.map(({ until }) => until - now),
  }
}
