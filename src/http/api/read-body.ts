// The body of a request, as the value that a schema says it is: bounded, UTF-8, strict JSON.
import type { ZodError, ZodType } from 'zod'
import { InputError } from '../../model/push-error.ts'
import { parseStrictJson, showName } from './strict-json.ts'

/** Bytes of a body, where nothing else is said; more is refused while it arrives. */
export const MAX_BODY_BYTES = 65_536
const MAX_ISSUES = 5

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Throws PUSH_REQUEST_MEDIA_TYPE, PUSH_REQUEST_TOO_LARGE or PUSH_REQUEST_INVALID, which names the fields. */
export async function readBody<T>(request: Request, schema: ZodType<T>, maxBytes = MAX_BODY_BYTES): Promise<T> {
  assertJson(request.headers)
  const result = schema.safeParse(parseStrictJson(decode(await readBytes(request, maxBytes))))
  if (!result.success) throw invalid(describe(result.error))
  return result.data
}

function assertJson(headers: Headers): void {
  const [type = '', ...parameters] = (headers.get('content-type') ?? '').split(';').map((part) => part.trim())
  const isJson = type.toLowerCase() === 'application/json'
  const charset = parameters.find((parameter) => /^charset\s*=/i.test(parameter))
  const isUtf8 = charset === undefined || /^charset\s*=\s*"?utf-?8"?$/i.test(charset)
  const encoding = headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity'
  if (!isJson || !isUtf8 || encoding !== 'identity') throw new InputError('PUSH_REQUEST_MEDIA_TYPE')
}

async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const announced = request.headers.get('content-length')
  if (announced !== null && Number(announced) > maxBytes) throw tooLarge(maxBytes)
  try {
    // What is announced cannot be exceeded; a body of unknown length is counted while it arrives.
    const bytes =
      announced === null ? await readCounting(request, maxBytes) : new Uint8Array(await request.arrayBuffer())
    if (bytes.length > maxBytes) throw tooLarge(maxBytes)
    return bytes
  } catch (error) {
    if (error instanceof InputError) throw error
    // The client left, or its time was up: nobody reads this answer.
    throw new InputError('PUSH_REQUEST_INVALID', { detail: 'The body ended before its end.', cause: error })
  }
}

async function readCounting({ body }: Request, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.length
    if (bytes > maxBytes) throw tooLarge(maxBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw invalid('The body is not UTF-8.')
  }
}

/** Names the fields that are wrong, never their values. */
function describe({ issues }: ZodError): string {
  const parts = issues.slice(0, MAX_ISSUES).map((issue) => {
    const where = issue.path.map((key) => (typeof key === 'number' ? String(key) : showName(String(key)))).join('.')
    const what =
      issue.code === 'unrecognized_keys'
        ? `unknown fields: ${issue.keys.slice(0, MAX_ISSUES).map(showName).join(', ')}`
        : issue.message
    return `${where === '' ? 'The body' : where}: ${what}`
  })
  return `${parts.join('; ')}${issues.length > MAX_ISSUES ? `; and ${issues.length - MAX_ISSUES} more` : ''}.`
}

function tooLarge(maxBytes: number): InputError {
  return new InputError('PUSH_REQUEST_TOO_LARGE', { detail: `The body is larger than ${maxBytes} bytes.` })
}

function invalid(detail: string): InputError {
  return new InputError('PUSH_REQUEST_INVALID', { detail })
}
