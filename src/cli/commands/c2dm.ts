// `sendword c2dm login`: an account's Auth token, alone on standard output, or what has to be done to get one.
import { Command } from 'commander'
import type { LoginResult } from '../../app/client-login.ts'
import type { ResolvedC2dm } from '../../app/options/resolve-c2dm.ts'
import type { C2dmOptions } from '../../app/options/sendword-options.ts'
import { ConfigError, InputError, TransportError } from '../../model/push-error.ts'
import type { CommandContext } from '../command-context.ts'
import { type AppFlags, type JsonFlags, type PlaceFlags, withApp, withConfig, withExample, withJson } from '../flags.ts'
import { untilStopped } from '../with-core.ts'

interface LoginFlags extends PlaceFlags, AppFlags, JsonFlags {
  readonly user?: string
  readonly passwordStdin?: true
  readonly accountType?: string
  readonly appName?: string
  readonly url?: string
  readonly captchaToken?: string
  readonly captchaAnswer?: string
}

export function c2dmCommand(context: CommandContext): Command {
  const group = new Command('c2dm').description('Google’s C2DM, or an emulator of it.')
  const login = new Command('login')
    .description('Log in with ClientLogin and print the Auth token, and nothing else, on standard output.')
    .option('--user <mail>', 'The account. (default: C2DM_AUTH_USER)')
    .option('--password-stdin', 'Read the password from standard input. (default: C2DM_AUTH_PASSWORD)')
    .option('--account-type <type>', 'GOOGLE, HOSTED or HOSTED_OR_GOOGLE. (default: C2DM_AUTH_ACCOUNT_TYPE, or GOOGLE)')
    .option('--app-name <name>', 'Names this application in ClientLogin’s logs. (default: C2DM_AUTH_APP_NAME)')
    .option('--url <url>', 'Where to log in. (default: CLIENT_LOGIN_URL, or Google’s)')
    .option('--captcha-token <token>', 'The captcha that the login before asked for.')
    .option('--captcha-answer <text>', 'What its picture says.')
  const example = 'C2DM_AUTH_TOKEN=$(sendword c2dm login --user sender@example.com --password-stdin < password)'
  withExample(withConfig(withJson(withApp(login))), example).action(async (flags: LoginFlags) => {
    const result = await logIn(context, flags)
    if (result.kind !== 'ok') throw failure(result)
    if (flags.json) context.terminal.printJson({ token: result.token })
    else context.terminal.print(result.token)
  })
  group.addCommand(login)
  return withExample(group, 'sendword c2dm login --user sender@example.com --password-stdin < password')
}

async function logIn(context: CommandContext, flags: LoginFlags): Promise<LoginResult> {
  const captcha = readCaptcha(flags)
  const { user, password, ...account } = await readAccount(context, flags)
  if (user === undefined || password === undefined) {
    throw new ConfigError('PUSH_C2DM_NOT_CONFIGURED', {
      detail: `There is no ${user === undefined ? 'user' : 'password'} to log in with.`,
      cure: 'Set C2DM_AUTH_USER and C2DM_AUTH_PASSWORD, or give --user and --password-stdin.',
    })
  }
  const { logInToC2dm } = await import('../../app/client-login.ts')
  return await untilStopped(context, logInToC2dm({ account, user, password, captcha, clock: context.clock }))
}

function readCaptcha({ captchaToken: token, captchaAnswer: answer }: LoginFlags) {
  if (token === undefined && answer === undefined) return undefined
  if (token !== undefined && answer !== undefined) return { token, answer }
  throw new InputError('PUSH_COMMAND_INVALID', {
    detail: '--captcha-token and --captcha-answer belong together.',
    cure: 'Give both, or neither.',
  })
}

async function readAccount(context: CommandContext, flags: LoginFlags): Promise<ResolvedC2dm> {
  const { app, user, appName, accountType, url } = flags
  // Values are judged with all other options; what is undefined says nothing.
  const given = {
    user,
    password: flags.passwordStdin ? await context.readInput() : undefined,
    appName,
    accountType,
    clientLoginUrl: url,
  }
  const { loadOptions } = await import('../load-options.ts')
  const options = await loadOptions(context, { flags, over: { apps: { [app]: { c2dm: given as C2dmOptions } } } })
  const c2dm = options.apps.get(app)?.c2dm
  if (c2dm === undefined) throw new ConfigError('PUSH_C2DM_NOT_CONFIGURED')
  return c2dm
}

function failure(result: Exclude<LoginResult, { kind: 'ok' }>): ConfigError | TransportError {
  if (result.kind === 'unavailable') {
    const { reason, retryAfterMs } = result
    const wait = retryAfterMs === undefined ? 'in a few minutes' : `in ${Math.ceil(retryAfterMs / 1000)} seconds`
    return new TransportError('PUSH_C2DM_LOGIN_UNAVAILABLE', {
      detail: `ClientLogin gave no token: ${reason.replace(/\.$/, '')}.`,
      cure: `Try again ${wait}.`,
    })
  }
  const { code, cure, captcha } = result
  const detail = `ClientLogin refused the account: ${code}.`
  if (captcha === undefined) return new ConfigError('PUSH_C2DM_LOGIN_REFUSED', { detail, cure })
  const picture = captcha.url === undefined ? 'Log in once with a browser from this network' : `Look at ${captcha.url}`
  const goOn = `and repeat this command with --captcha-token ${captcha.token} --captcha-answer <what the picture says>.`
  return new ConfigError('PUSH_C2DM_LOGIN_REFUSED', { detail, cure: `${picture}, ${goOn}` })
}
