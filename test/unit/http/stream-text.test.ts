import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { Hono } from 'hono'
import { expect, onTestFinished, test } from 'vitest'
import { toListener } from '../../../src/http/api/listener.ts'
import { streamText } from '../../../src/http/api/stream-text.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { eventually } from '../../kit/query.ts'
import { recordingLogger } from '../../kit/recording-logger.ts'

async function* endless(onPiece: () => void) {
  for (;;) {
    onPiece()
    yield 'x'.repeat(64 * 1024)
  }
}

test('a piece is made when the one before was read, and none after the reader has gone', async () => {
  let pieces = 0
  const app = new Hono().get('/', (context) =>
    streamText(
      context,
      endless(() => pieces++),
      silentLogger,
    ),
  )
  const reader = (await app.request('/')).body?.getReader()
  for (let read = 1; read <= 5; read++) {
    await reader?.read()
    expect([read, read + 1]).toContain(pieces)
  }
  await reader?.cancel()
  const atTheEnd = pieces
  await new Promise((resolve) => setImmediate(resolve))
  expect(pieces).toBe(atTheEnd)
})

async function serving(app: Hono) {
  const server = createServer(toListener((request, origin) => app.fetch(request, origin), silentLogger))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

test('a socket that is not read stops the making', async () => {
  let pieces = 0
  let asked = 0
  const texts = endless(() => pieces++)
  const app = new Hono().get('/', (context) => streamText(context, texts, silentLogger))
  const socket = connect(await serving(app), '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.pause()
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  // What the kernel buffers is a few megabytes; then the number of pieces stays the same for many looks.
  await eventually(
    async () => {
      const before = pieces
      await new Promise((resolve) => setTimeout(resolve, 20))
      asked = pieces > 0 && pieces === before ? asked + 1 : 0
      return asked
    },
    (same) => same >= 5,
  )
  expect(pieces * 64).toBeLessThan(64 * 1024)
})

test('what fails on the way cuts the connection, and is logged', async () => {
  const logger = recordingLogger()
  async function* failing() {
    yield 'the first piece'
    throw new Error('the database is away')
  }
  const app = new Hono().get('/', (context) => streamText(context, failing(), logger))
  const answer = await fetch(`http://127.0.0.1:${await serving(app)}/`)
    .then((got) => got.text())
    .catch(() => 'cut')
  expect(answer).toBe('cut')
  expect(logger.lines).toMatchObject([expect.stringContaining('warn An answer broke off.')])
})
