// One operation of the API: what the OpenAPI document says of it, and what it does. Reads the parts of its path.
import { createRoute, type RouteConfig, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { DEVICE_ID_BYTES, isDeviceId } from '../../model/device.ts'
import { InputError } from '../../model/push-error.ts'

export interface Operation {
  /** Needs no API key: it is for devices. */
  readonly open: boolean
  readonly route: RouteConfig & { getRoutingPath(): string }
  handle(context: Context): Promise<Response>
}

const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().openapi({ description: 'Stable; match on this.', example: 'PUSH_DEVICE_UNKNOWN' }),
    cure: z.string(),
  })
  .openapi('Problem', { description: 'RFC 9457' })

const PATH_PARAMETERS = {
  app: z.string().openapi({ example: 'default' }),
  deviceId: z.string().openapi({
    description: `The device id, percent-encoded; ${DEVICE_ID_BYTES.min} to ${DEVICE_ID_BYTES.max} bytes of UTF-8.`,
  }),
  id: z.uuid(),
  transport: z.string().openapi({ example: 'c2dm' }),
  userId: z.string().openapi({ description: 'The application’s own id of a user, percent-encoded.' }),
  name: z.string().openapi({ description: 'Percent-encoded; 1 to 64 bytes of UTF-8.' }),
}

interface Success {
  readonly status: 200 | 202 | 204
  readonly description: string
  readonly schema?: z.ZodType
  /** Media types of text that it may be as well. */
  readonly texts?: readonly string[]
}

export interface OperationInput {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** OpenAPI's form: /v1/apps/{app}/devices */
  readonly path: string
  readonly summary: string
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  /** Needs no API key. Default false. */
  readonly open?: boolean
  readonly success: Success
  /** What it may answer in its place, with another status. */
  readonly instead?: Success
  handle(context: Context): Promise<Response>
}

export function operation({
  method,
  path,
  summary,
  open = false,
  query,
  body,
  success,
  instead,
  handle,
}: OperationInput): Operation {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as keyof typeof PATH_PARAMETERS)
  const params = z.object(Object.fromEntries(names.map((name) => [name, PATH_PARAMETERS[name]])))
  const route = createRoute({
    method,
    path,
    summary,
    ...(open && { security: [] }),
    request: {
      params,
      ...(query && { query }),
      ...(body && { body: { required: true, content: { 'application/json': { schema: body } } } }),
    },
    responses: {
      [success.status]: responseOf(success),
      ...(instead && { [instead.status]: responseOf(instead) }),
      default: { description: 'A problem', content: { 'application/problem+json': { schema: problem } } },
    },
  })
  return { open, route, handle }
}

function responseOf({ description, schema, texts }: Success) {
  const ofText = texts?.map((mediaType) => [mediaType, { schema: z.string() }] as const)
  const content = (schema || ofText) && {
    ...(schema && { 'application/json': { schema } }),
    ...Object.fromEntries(ofText ?? []),
  }
  return { description, ...(content && { content }) }
}

/** A part of the path, decoded. */
export function pathPart(context: Context, name: keyof typeof PATH_PARAMETERS): string {
  return context.req.param(name) ?? ''
}

/** The app and the device id of a path. Throws PUSH_REQUEST_INVALID for what cannot be a device id. */
export function deviceOf(context: Context): { app: string; deviceId: string } {
  return { app: pathPart(context, 'app'), deviceId: asDeviceId(pathPart(context, 'deviceId'), 'The device id') }
}

/** Throws PUSH_REQUEST_INVALID for what cannot be a device id. */
export function asDeviceId(text: string, name: string): string {
  if (isDeviceId(text)) return text
  const { min, max } = DEVICE_ID_BYTES
  throw new InputError('PUSH_REQUEST_INVALID', {
    detail: `${name} must be ${min} to ${max} bytes of UTF-8, without control characters.`,
  })
}
