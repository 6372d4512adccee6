// Many messages to encrypt in one piece of memory, as they go to a worker thread, and the bodies that come back: moving
// one buffer costs the same however many messages it holds.
import { randomBytes } from 'node:crypto'
import { P256_POINT_BYTES, WEB_PUSH_AUTH_BYTES, WEB_PUSH_SALT_BYTES } from '../../protocols/web-push.ts'
import { encrypt, newSenderKeys, type Recipient } from './encrypt.ts'

export interface EncryptionJob extends Recipient {
  /** At most MAX_PLAINTEXT_BYTES. */
  readonly plaintext: Uint8Array
}

const LENGTH_BYTES = 2
/** Before each plaintext: point, secret, length. */
const JOB_HEAD_BYTES = P256_POINT_BYTES + WEB_PUSH_AUTH_BYTES + LENGTH_BYTES

export function packJobs(jobs: readonly EncryptionJob[]): Uint8Array<ArrayBuffer> {
  const size = jobs.reduce((sum, { plaintext }) => sum + JOB_HEAD_BYTES + plaintext.length, 0)
  const packed = newBuffer(size)
  let at = 0
  for (const { p256dh, auth, plaintext } of jobs) {
    packed.set(p256dh, at)
    packed.set(auth, at + P256_POINT_BYTES)
    packed.writeUInt16BE(plaintext.length, at + JOB_HEAD_BYTES - LENGTH_BYTES)
    packed.set(plaintext, at + JOB_HEAD_BYTES)
    at += JOB_HEAD_BYTES + plaintext.length
  }
  return packed
}

/** What `packJobs` packed, encrypted and packed again for `unpackBodies`. */
export function encryptPacked(packed: Uint8Array): Uint8Array<ArrayBuffer> {
  const bodies = [...unpackJobs(packed)].map((job) => encryptJob(job) ?? EMPTY)
  const result = newBuffer(bodies.reduce((sum, body) => sum + LENGTH_BYTES + body.length, 0))
  let at = 0
  for (const body of bodies) {
    result.writeUInt16BE(body.length, at)
    result.set(body, at + LENGTH_BYTES)
    at += LENGTH_BYTES + body.length
  }
  return result
}

/** In the order of the jobs; undefined: as for `encryptJob`. */
export function* unpackBodies(packed: Uint8Array): Generator<Buffer | undefined> {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.length)
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt16BE(at)
    at += LENGTH_BYTES
    yield length === 0 ? undefined : bytes.subarray(at, at + length)
    at += length
  }
}

/** Undefined: the recipient's key is no point of the curve. */
export function encryptJob(job: EncryptionJob): Buffer | undefined {
  try {
    return encrypt({ ...job, salt: randomBytes(WEB_PUSH_SALT_BYTES), sender: newSenderKeys() })
  } catch {
    // Nothing else can fail: the lengths are right.
    return undefined
  }
}

const EMPTY = Buffer.alloc(0)

function* unpackJobs(packed: Uint8Array): Generator<EncryptionJob> {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.length)
  for (let at = 0; at < bytes.length; ) {
    const start = at + JOB_HEAD_BYTES
    const end = start + bytes.readUInt16BE(start - LENGTH_BYTES)
    yield {
      p256dh: bytes.subarray(at, at + P256_POINT_BYTES),
      auth: bytes.subarray(at + P256_POINT_BYTES, start - LENGTH_BYTES),
      plaintext: bytes.subarray(start, end),
    }
    at = end
  }
}

/** In memory of its own, which can be handed to another thread. */
function newBuffer(size: number): Buffer<ArrayBuffer> {
  return Buffer.from(new ArrayBuffer(size))
}
