// The JSON door: devices register and confirm here, on every transport, and get the key that the seed's doors cannot
// carry. Open to anybody, as those are; with the API key, the application's own server registers its devices.
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { Core } from '../../app/core.ts'
import { TRANSPORT_NAMES } from '../../model/address.ts'
import { InputError, StateError } from '../../model/push-error.ts'
import { clientOf, createClientFinder, type RequestOrigin } from '../client-address.ts'
import { holdsApiKey } from './authentication.ts'
import { asDeviceId, deviceOf, type Operation, operation, pathPart } from './operation.ts'
import { readBody } from './read-body.ts'

const DEVICE_KEY_HEADER = 'sendword-device-key'
/** More than any address, token or key may be; each has its own bound behind this one. */
const MAX_TEXT = 8192
const MAX_USER = 255

/** `PushSubscription.toJSON()`; browsers add members of their own. */
const pushSubscription = z
  .looseObject({ endpoint: z.string(), keys: z.looseObject({ p256dh: z.string(), auth: z.string() }) })
  .openapi('PushSubscription')

const newRegistration = z
  .strictObject({
    deviceId: z.string().max(MAX_TEXT),
    transport: z.enum(TRANSPORT_NAMES),
    address: z.union([z.string().max(MAX_TEXT), pushSubscription]).openapi({
      description: 'What the push service gave the device: a token, or a browser’s PushSubscription.',
    }),
    userToken: z.string().max(MAX_TEXT).optional().openapi({
      description: 'An identity token (JWT) of your server: sub is the user, aud the app.',
    }),
    userId: z.string().min(1).max(MAX_USER).optional().openapi({ description: 'With the API key only.' }),
    locale: z.string().optional().openapi({ example: 'pt-BR' }),
    timeZone: z.string().optional().openapi({ example: 'Europe/Berlin' }),
    appVersion: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
  })
  .openapi('NewRegistration')

const registration = z
  .object({
    state: z.enum(['pending', 'live']).openapi({
      description: 'pending: a push with the confirmation token is on its way; live: this address is in force already.',
    }),
  })
  .openapi('Registration')

const newConfirmation = z
  .strictObject({ deviceId: z.string().max(MAX_TEXT), confirmationToken: z.string().min(1).max(64) })
  .openapi('NewConfirmation')

const confirmation = z
  .object({ deviceKey: z.string().openapi({ description: 'Keep it. An earlier one is void from now on.' }) })
  .openapi('Confirmation')

export function registrationOperations(core: Core): Operation[] {
  const findClient = createClientFinder(core.options.trustedProxies)
  const clientOfRequest = ({ env, req }: Context) =>
    clientOf((env ?? {}) as RequestOrigin, req.header('x-forwarded-for'), findClient)
  return [
    operation({
      method: 'post',
      path: '/v1/apps/{app}/registrations',
      summary: 'Claim an address; a push with the confirmation token goes to it.',
      open: true,
      body: newRegistration,
      success: { status: 202, description: 'Pending, or live already.', schema: registration },
      async handle(context) {
        const { deviceId, transport, address, userToken, userId, ...attributes } = await readBody(
          context.req.raw,
          newRegistration,
        )
        const isServer = await holdsApiKey(core, context)
        if (userId !== undefined && !isServer) throw new InputError('PUSH_REQUEST_UNAUTHENTICATED')
        const result = await core.devices.register({
          app: pathPart(context, 'app'),
          deviceId: asDeviceId(deviceId, 'deviceId'),
          address: { transport, value: typeof address === 'string' ? address : JSON.stringify(address) },
          door: isServer ? 'server' : 'json',
          client: clientOfRequest(context),
          deviceKey: context.req.header(DEVICE_KEY_HEADER),
          userToken,
          userId,
          attributes,
        })
        return context.json({ state: result === 'pending' ? 'pending' : 'live' }, 202)
      },
    }),
    operation({
      method: 'post',
      path: '/v1/apps/{app}/confirmations',
      summary: 'Echo the token that arrived; only now the address is in force.',
      open: true,
      body: newConfirmation,
      success: { status: 200, description: 'Confirmed.', schema: confirmation },
      async handle(context) {
        const { deviceId, confirmationToken } = await readBody(context.req.raw, newConfirmation)
        const app = pathPart(context, 'app')
        const { deviceKey } = await core.devices.confirm({
          app,
          deviceId: asDeviceId(deviceId, 'deviceId'),
          confirmationToken,
          door: 'json',
        })
        return context.json({ deviceKey })
      },
    }),
    operation({
      method: 'delete',
      path: '/v1/apps/{app}/registrations/{deviceId}',
      summary: 'A device leaves, with its key in the header Sendword-Device-Key.',
      open: true,
      success: { status: 204, description: 'Gone.' },
      async handle(context) {
        const deviceKey = context.req.header(DEVICE_KEY_HEADER)
        if (deviceKey === undefined) throw new StateError('PUSH_DEVICE_KEY_REFUSED')
        await core.devices.leave({ ...deviceOf(context), deviceKey })
        return context.body(null, 204)
      },
    }),
  ]
}
