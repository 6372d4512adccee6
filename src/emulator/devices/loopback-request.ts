// A GET to a server on this machine, and to no other: the emulator must not fetch the world for whoever asks it to.
import { get as getHttp } from 'node:http'
import { get as getHttps } from 'node:https'
import { EmulatorError } from '../emulator-error.ts'

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** The URL without a slash at its end, or EMULATOR_INPUT. */
export function parseLoopbackUrl(text: string): string {
  const url = URL.parse(text)
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new EmulatorError('EMULATOR_INPUT', 'url must be an http or https URL.')
  }
  if (!LOOPBACK.test(url.hostname)) {
    throw new EmulatorError('EMULATOR_INPUT', `url is on ${url.hostname}; the emulator only calls localhost.`)
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new EmulatorError('EMULATOR_INPUT', 'url must have no user, password, query or fragment.')
  }
  return url.href.replace(/\/+$/, '')
}

/** Resolves with the status of the response; its body is not read. Redirects are not followed. */
export function loopbackGet(url: string, query: Record<string, string>, signal: AbortSignal): Promise<number> {
  const get = url.startsWith('https:') ? getHttps : getHttp
  return new Promise((resolve, reject) => {
    // A connection of its own, so that no idle one keeps the server from closing.
    const request = get(`${url}?${new URLSearchParams(query)}`, { agent: false, signal }, (response) => {
      response.resume()
      response.on('error', reject)
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    request.on('error', reject)
  })
}
