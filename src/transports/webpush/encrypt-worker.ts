// A thread that encrypts: batches in, batches out, in order.
import { parentPort } from 'node:worker_threads'
import { encryptPacked } from './encrypt-batch.ts'

parentPort?.on('message', (packed: Uint8Array) => {
  const bodies = encryptPacked(packed)
  parentPort?.postMessage(bodies, [bodies.buffer])
})
