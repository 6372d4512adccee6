// The device doors of C2DM, with the contract of django-c2dm: GET registration and GET confirmation, at any prefix of
// any application. 200 with an empty body, 400, 500, 501 for every other method, and 429.
import type { IncomingMessage } from 'node:http'
import type { Core } from '../../app/core.ts'
import { ConfigError, InputError, StateError } from '../../model/push-error.ts'
import { type Answer, GUARD_HEADERS, toResponse, writeAnswer } from '../answer.ts'
import { clientOf, createClientFinder } from '../client-address.ts'
import type { Endpoints } from '../mount/mount.ts'
import { toProblem } from '../problem.ts'
import { readQuery, splitTarget, type Target } from '../query.ts'
import { readConfirmation, readRegistration } from './door-parameters.ts'

interface Knock {
  readonly method: string
  readonly target: Target
  readonly client: () => string
}

type Door = (query: string, client: () => string) => Promise<void>

const DONE: Answer = { status: 200, headers: GUARD_HEADERS, body: '' }

/**
 * The doors; each is named by the last segment of the path, so a prefix may stand before it.
 * Throws StateError PUSH_APP_UNKNOWN, or ConfigError PUSH_C2DM_NOT_CONFIGURED when the app has no C2DM.
 */
export function createC2dmDoors(core: Core, app: string): Endpoints {
  core.assertApp(app)
  if (!core.hasC2dm(app)) {
    throw new ConfigError('PUSH_C2DM_NOT_CONFIGURED', { detail: `The app ${app} has no C2DM credential.` })
  }
  const logger = core.logger.child('http')
  const findClient = createClientFinder(core.options.trustedProxies)
  const doors = createDoors(core, app)

  async function answer({ method, target, client }: Knock): Promise<Answer> {
    try {
      const door = findDoor(doors, target.path)
      // It may have been taken from the app since.
      if (!door || !core.hasC2dm(app)) throw new StateError('PUSH_REQUEST_NOT_FOUND')
      if (method !== 'GET') throw new InputError('PUSH_REQUEST_METHOD_NOT_IMPLEMENTED')
      await door(target.query, client)
      return DONE
    } catch (error) {
      return toProblem(error, { logger, faultStatus: 500 })
    }
  }

  return {
    async fetch(request, origin = {}) {
      const { pathname, search } = new URL(request.url)
      const client = () => clientOf(origin, request.headers.get('x-forwarded-for') ?? undefined, findClient)
      const target = { path: pathname, query: search.slice(1) }
      return toResponse(await answer({ method: request.method, target, client }))
    },
    node(request, response) {
      const client = () => clientOf({ incoming: request }, forwardedFor(request), findClient)
      // The method comes from Node, never from a Fetch Request: one cannot be made for TRACE.
      const knock = { method: request.method ?? '', target: splitTarget(request.url ?? ''), client }
      // Never rejects: every error is an answer. The host may have given its own, after a time limit.
      void answer(knock).then((given) => writeAnswer(response, given))
    },
  }
}

function createDoors(core: Core, app: string): ReadonlyMap<string, Door> {
  return new Map<string, Door>([
    [
      'registration',
      async (query, client) => {
        const { deviceId, registrationId } = readRegistration(readQuery(query))
        const address = { transport: 'c2dm', value: registrationId } as const
        await core.devices.register({ app, deviceId, address, client: client(), door: 'seed' })
      },
    ],
    [
      'confirmation',
      async (query) => {
        const { deviceId, registrationToken } = readConfirmation(readQuery(query))
        await core.devices.confirm({ app, deviceId, confirmationToken: registrationToken, door: 'seed' })
      },
    ],
  ])
}

/** By the last segment of the path, with or without a slash at its end. */
function findDoor(doors: ReadonlyMap<string, Door>, path: string): Door | undefined {
  const segments = path.split('/')
  if (segments.at(-1) === '') segments.pop()
  return doors.get(segments.at(-1) ?? '')
}

function forwardedFor({ headers }: IncomingMessage): string | undefined {
  const header = headers['x-forwarded-for']
  return Array.isArray(header) ? header.join(',') : header
}
