// Writes DER (ITU-T X.690): the few types of which a certificate is made.

const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
} as const

export function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content])
  const digits = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, '0'), 'hex')
  return Buffer.concat([Buffer.from([tag, 0x80 | digits.length]), digits, content])
}

/** A context-specific tag around a whole value. */
export function explicit(number: number, value: Buffer): Buffer {
  return tagged(0xa0 | number, value)
}

export function sequence(...items: readonly Buffer[]): Buffer {
  return tagged(TAG.sequence, Buffer.concat(items))
}

export function set(...items: readonly Buffer[]): Buffer {
  return tagged(TAG.set, Buffer.concat(items))
}

export function boolean(value: boolean): Buffer {
  return tagged(TAG.boolean, Buffer.from([value ? 0xff : 0]))
}

/** A number that is not negative, as its big-endian bytes. */
export function integer(bytes: Buffer): Buffer {
  const negative = ((bytes[0] ?? 0) & 0x80) !== 0
  return tagged(TAG.integer, negative ? Buffer.concat([Buffer.from([0]), bytes]) : bytes)
}

export function bitString(bytes: Buffer, unusedBits = 0): Buffer {
  return tagged(TAG.bitString, Buffer.concat([Buffer.from([unusedBits]), bytes]))
}

export function octetString(bytes: Buffer): Buffer {
  return tagged(TAG.octetString, bytes)
}

export function utf8String(text: string): Buffer {
  return tagged(TAG.utf8String, Buffer.from(text))
}

/** A time before 2050, as certificates must have it (RFC 5280 §4.1.2.5). */
export function utcTime(ms: number): Buffer {
  const digits = new Date(ms)
    .toISOString()
    .slice(2)
    .replace(/\.\d+|[-:T]/g, '')
  return tagged(TAG.utcTime, Buffer.from(digits))
}

/** An object identifier in dotted form. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...others] = dotted.split('.').map(Number)
  const bytes = [first * 40 + second, ...others].flatMap(base128)
  return tagged(TAG.objectIdentifier, Buffer.from(bytes))
}

function base128(number: number): number[] {
  const digits = [number & 0x7f]
  for (let rest = number >>> 7; rest > 0; rest >>>= 7) digits.unshift((rest & 0x7f) | 0x80)
  return digits
}
