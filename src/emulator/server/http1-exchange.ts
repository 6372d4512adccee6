// An exchange over HTTP/1.1.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Reply, tornLength } from './answer.ts'
import type { Exchange } from './exchange.ts'

/** `resetConnection`: ends the connection with a TCP reset. */
export function http1Exchange(
  request: IncomingMessage,
  response: ServerResponse,
  resetConnection: () => void,
): Exchange {
  const { method = '', url = '/', headers, socket } = request
  return {
    method,
    target: url,
    headers,
    body: request,
    claim: () => true,
    give(answer, goAway) {
      if (goAway) response.shouldKeepAlive = false
      switch (answer.kind) {
        case 'reply':
          writeHead(response, answer)
          response.end(answer.body)
          return
        case 'torn': {
          const { body } = answer.reply
          writeHead(response, answer.reply, tornLength(body))
          response.write(body.slice(0, body.length / 2), () => socket.destroy())
          return
        }
        case 'reset':
        case 'stream-reset':
          resetConnection()
          return
        case 'hold':
      }
    },
    stopReading() {
      response.shouldKeepAlive = false
    },
    drop: () => socket.destroy(),
  }
}

function writeHead(response: ServerResponse, reply: Reply, length = Buffer.byteLength(reply.body)): void {
  const { status, contentType, headers } = reply
  const type = contentType === undefined ? {} : { 'content-type': contentType }
  response.writeHead(status, { ...headers, ...type, 'content-length': length })
}
