// Real browsers, headless. A machine without one skips its tests, and says so.
import { existsSync } from 'node:fs'
import puppeteer, { type Browser } from 'puppeteer-core'

const FIREFOX = ['/usr/bin/firefox-esr', '/usr/bin/firefox', '/Applications/Firefox.app/Contents/MacOS/firefox']
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

export const firefox = found('Firefox', 'firefox-esr', FIREFOX)
export const chromium = found('Chromium', 'chromium', CHROMIUM)

/** Undefined: there is none here. */
function found(name: string, debianPackage: string, usual: readonly string[]) {
  const path = usual.find((candidate) => existsSync(candidate))
  if (path === undefined) console.log(`skipped: no ${name} on this machine (Debian: apt-get install ${debianPackage})`)
  return path
}

/** `autopushUrl` stands in the place of Mozilla's push service. */
export async function launchFirefox(executablePath: string, autopushUrl: string): Promise<Browser> {
  return await puppeteer.launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    extraPrefsFirefox: {
      'dom.push.enabled': true,
      'dom.push.connection.enabled': true,
      'dom.push.serverURL': autopushUrl,
      'dom.push.testing.allowInsecureServerURL': true,
      'dom.push.testing.ignorePermission': true,
      'dom.push.userAgentID': '',
      // Milliseconds until it connects again.
      'dom.push.retryBaseInterval': 100,
      'permissions.default.desktop-notification': 1,
      // Without a desktop there is nobody who would show them; Firefox itself then keeps them.
      'alerts.useSystemBackend': false,
    },
  })
}

export async function launchChromium(executablePath: string): Promise<Browser> {
  // Its sandbox needs rights that containers, and root, do not have.
  return await puppeteer.launch({ executablePath, headless: true, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}
