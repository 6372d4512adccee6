// `sendword emulator`: the push services on this machine, until stopped.
import { Command } from 'commander'
import type { Emulator } from '../../emulator/create-emulator.ts'
import type { CommandContext } from '../command-context.ts'
import { type JsonFlags, port, wholeNumber, withExample, withJson } from '../flags.ts'
import { facts } from '../text-table.ts'

interface EmulatorFlags extends JsonFlags {
  readonly host: string
  readonly port: number
  readonly fcmPort: number
  readonly webpushPort: number
  readonly webpushState?: string
  readonly apnsPort: number
  readonly apnsSandboxPort: number
  readonly allowedHost?: readonly string[]
  readonly keepRequests?: number
  readonly bench?: true
}

const DEFAULT_PORT = 7320

export function emulatorCommand(context: CommandContext): Command {
  const command = new Command('emulator')
    .description(
      'Serve the push services on this machine, for tests: C2DM, FCM, APNs and Web Push, with virtual devices and faults.',
    )
    .option('--host <host>', 'The address to listen on. There is no authentication: keep it local.', '127.0.0.1')
    .option('--port <n>', 'The port of the control API, C2DM and browsers; 0 takes any free one.', port, DEFAULT_PORT)
    .option('--fcm-port <n>', 'The TLS port of FCM and its token endpoint; 0 takes any free one.', port, 0)
    .option('--apns-port <n>', "The TLS port of APNs' production environment; 0 takes any free one.", port, 0)
    .option('--apns-sandbox-port <n>', "The TLS port of APNs' sandbox; 0 takes any free one.", port, 0)
    .option('--webpush-port <n>', 'The TLS port of Web Push; 0 takes any free one.', port, 0)
    .option('--webpush-state <file>', 'Keep the subscriptions of real browsers in this file.')
    .option('--allowed-host <name...>', 'Further names of this machine by which the control API may be called.')
    .option('--keep-requests <n>', 'How many requests are kept, the newest. Default: 1000.', wholeNumber(0, 1_000_000))
    .option('--bench', 'For measuring a sender: take messages as fast as can be, and keep nothing but counts.')
  const lines = ['sendword emulator', 'sendword serve --emulator http://127.0.0.1:7320']
  return withExample(withJson(command), ...lines).action(async (flags: EmulatorFlags) => {
    const { terminal, stop, clock, random } = context
    const { createEmulator } = await import('../../emulator/create-emulator.ts')
    const { webpushState: stateFile, allowedHost: allowedHosts, json, ...others } = flags
    const emulator = await createEmulator({ ...others, allowedHosts, webpush: { stateFile }, clock, random })
    if (json) terminal.printJson(describe(emulator))
    else for (const line of introduction(emulator)) terminal.print(line)
    await stop.received
    await emulator.close()
  })
}

/** What the control API's `GET /` answers, for whoever starts it. */
function describe({ url, services, credentials, ca }: Emulator) {
  return { url, services, credentials, ca }
}

function introduction({ url, services, credentials }: Emulator): string[] {
  const { sendUrl, clientLoginUrl } = services.c2dm
  const { user, password, accountType } = credentials.c2dm
  const { keyId, teamId, bundleId } = credentials.apns
  return [
    'Emulated push services; stop with Ctrl-C.',
    ...facts({
      phones: `${url}/phones`,
      'control API': url,
      ClientLogin: clientLoginUrl,
      'C2DM send': sendUrl,
      'C2DM account': `${user}, password ${password}, ${accountType}`,
      FCM: services.fcm.url,
      'token endpoint': services.fcm.tokenUrl,
      'FCM project': credentials.fcm.projectId,
      APNs: `${services.apns.url}, sandbox ${services.apns.sandboxUrl}`,
      'APNs key': `key id ${keyId}, team id ${teamId}, bundle id ${bundleId}`,
      'Web Push': `${services.webpush.url}/wpush/v2/…`,
      autopush: services.webpush.autopushUrl,
    }),
    '',
    `The certificate authority: ${url}/ca.pem; with the service account's key and the APNs key: ${url}/`,
    `Point a server at them: sendword serve --emulator ${url}`,
  ]
}
