// The captchas that ClientLogin asks for. Their answers are shown to whoever asks the emulator.
import type { Random } from '../../util/random.ts'

const OPEN_LIMIT = 1000

export interface Captcha {
  /** The `CaptchaToken` of the reply, sent back as `logintoken`. */
  readonly token: string
  /** What the picture says, sent back as `logincaptcha`. */
  readonly answer: string
}

export interface Captchas {
  create(): Captcha
  get(token: string): Captcha | undefined
  /** Those not solved yet, oldest first. */
  list(): Captcha[]
  /** Whether it is the right answer; a captcha can be solved once. */
  solve(token: string, answer: string): boolean
  clear(): void
}

export function createCaptchas(random: Random): Captchas {
  const open = new Map<string, Captcha>()
  return {
    create() {
      const captcha = { token: random.bytes(24).toString('base64url'), answer: random.bytes(4).toString('hex') }
      open.set(captcha.token, captcha)
      if (open.size > OPEN_LIMIT) {
        const [oldest] = open.keys()
        if (oldest !== undefined) open.delete(oldest)
      }
      return captcha
    },
    get: (token) => open.get(token),
    list: () => [...open.values()],
    solve: (token, answer) => open.get(token)?.answer === answer && open.delete(token),
    clear: () => open.clear(),
  }
}
