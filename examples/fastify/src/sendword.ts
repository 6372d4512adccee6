// The one Sendword of this process, however often this module is evaluated: development servers evaluate modules
// again when a file changes, and each createSendword would start workers of its own.
import { createSendword, type Sendword } from 'sendword'

const kept: typeof globalThis & { sendword?: Promise<Sendword> | undefined } = globalThis

kept.sendword ??= open().catch((error) => {
  kept.sendword = undefined // so that the next evaluation tries again
  throw error
})

export const sendword = await kept.sendword

function open(): Promise<Sendword> {
  const { SENDWORD_SECRET, C2DM_URL, CLIENT_LOGIN_URL } = process.env
  return createSendword({
    database: process.env.DATABASE_URL ?? './data',
    apiKey: setting('SENDWORD_API_KEY'),
    ...(SENDWORD_SECRET !== undefined && { secret: SENDWORD_SECRET }), // needed with DATABASE_URL
    apps: {
      default: {
        c2dm: {
          user: setting('C2DM_AUTH_USER'),
          password: setting('C2DM_AUTH_PASSWORD'),
          // Those of an emulator; without them it is Google's.
          ...(C2DM_URL !== undefined && { url: C2DM_URL }),
          ...(CLIENT_LOGIN_URL !== undefined && { clientLoginUrl: CLIENT_LOGIN_URL }),
        },
      },
    },
  })
}

function setting(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`Set ${name}.`)
  return value
}
