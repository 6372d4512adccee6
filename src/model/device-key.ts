// The key that a device is given with its first confirmation: who holds it may replace the device's address. Only its
// hash is stored.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Random } from '../util/random.ts'

const KEY_BYTES = 24

export function makeDeviceKey(random: Random): string {
  return `dk_${random.bytes(KEY_BYTES).toString('base64url')}`
}

export function hashDeviceKey(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

export function isDeviceKey(key: string | undefined, hash: Buffer | null): boolean {
  return key !== undefined && hash !== null && timingSafeEqual(hashDeviceKey(key), hash)
}
