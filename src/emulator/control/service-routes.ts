// The control API's routes of single services: the settings of FCM and APNs.
import * as z from 'zod'
import { APNS_REASONS } from '../../protocols/apns.ts'
import type { EmulatedApns } from '../apns/apns-service.ts'
import type { EmulatedFcm } from '../fcm/fcm-service.ts'
import { parseInput } from './control-request.ts'
import { type ControlRoute, done, ok, route } from './control-route.ts'
import { apnsBody, fcmBody } from './shown-state.ts'

export interface ServiceRouteParts {
  readonly fcm: EmulatedFcm
  readonly apns: EmulatedApns
}

const fcmSchema = z.strictObject({
  maxStreams: z.number().optional(),
  serviceAccount: z.enum(['active', 'revoked']).optional(),
})
const apnsSchema = z.strictObject({
  maxStreams: z.number().optional(),
  firstStreams: z.number().optional(),
  key: z.enum(['active', 'revoked']).optional(),
})
const goAwaySchema = z.strictObject({ reason: z.enum(APNS_REASONS).optional() })

export function serviceRoutes({ fcm, apns }: ServiceRouteParts): ControlRoute[] {
  return [
    route('GET', '/fcm', () => ok(fcmBody(fcm))),
    route('PATCH', '/fcm', ({ body }) => {
      const { maxStreams, serviceAccount } = parseInput(fcmSchema, body)
      if (maxStreams !== undefined) fcm.maxStreams = maxStreams
      if (serviceAccount === 'revoked') fcm.revokeServiceAccount()
      if (serviceAccount === 'active') fcm.restoreServiceAccount()
      return ok(fcmBody(fcm))
    }),
    route('GET', '/apns', () => ok(apnsBody(apns))),
    route('PATCH', '/apns', ({ body }) => {
      const { maxStreams, firstStreams, key } = parseInput(apnsSchema, body)
      if (maxStreams !== undefined) apns.maxStreams = maxStreams
      if (firstStreams !== undefined) apns.firstStreams = firstStreams
      if (key === 'revoked') apns.revokeKey()
      if (key === 'active') apns.restoreKey()
      return ok(apnsBody(apns))
    }),
    route('POST', '/apns/goaway', ({ body }) => {
      apns.goAway(parseInput(goAwaySchema, body ?? {}).reason)
      return done
    }),
  ]
}
