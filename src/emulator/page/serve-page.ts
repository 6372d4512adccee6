// Serves the page on which the virtual devices are phones. Its files lie beside this one, and go to the browser as they are.
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'

const FILES: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
  'main.js': 'text/javascript; charset=utf-8',
  'elements.js': 'text/javascript; charset=utf-8',
  'faults.js': 'text/javascript; charset=utf-8',
  'notification.js': 'text/javascript; charset=utf-8',
  'phone.js': 'text/javascript; charset=utf-8',
  'requests.js': 'text/javascript; charset=utf-8',
}

/** What senders send is shown, so nothing but the page's own files may run or be fetched. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
  vary: 'accept',
}

/** Whether it was a request for the page: `/phones`, its files, or `/` where a browser asks for HTML. */
export async function servePage(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const file = fileFor(request)
  const type = file === undefined ? undefined : FILES[file]
  if (file === undefined || type === undefined) return false
  const body = await readFile(new URL(file, import.meta.url))
  response.writeHead(200, { ...HEADERS, 'content-type': type, 'content-length': body.length })
  response.end(body)
  return true
}

function fileFor({ method, url = '/', headers }: IncomingMessage): string | undefined {
  if (method !== 'GET' && method !== 'HEAD') return undefined
  const path = url.split('?', 1)[0] ?? '/'
  if (path === '/phones' || path === '/phones/') return 'index.html'
  if (path === '/') return headers.accept?.includes('text/html') ? 'index.html' : undefined
  const name = path.startsWith('/phones/') ? path.slice('/phones/'.length) : ''
  return Object.hasOwn(FILES, name) ? name : undefined
}
