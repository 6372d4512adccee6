// `sendword apps`: what an operator may do about an app's push services.
import { Argument, Command } from 'commander'
import { TRANSPORT_NAMES, type TransportName } from '../../model/address.ts'
import type { CommandContext } from '../command-context.ts'
import { type JsonFlags, type PlaceFlags, withExample, withJson, withPlace } from '../flags.ts'
import { withCore } from '../with-core.ts'

export function appsCommand(context: CommandContext): Command {
  const group = new Command('apps').description('Change the state of an app.')
  const resume = new Command('resume')
    .description('Send again through a push service that refused the app’s credential, now that it is mended.')
    .argument('<app>', 'The app.')
    .addArgument(new Argument('[transport]', 'The push service. (default: every one)').choices(TRANSPORT_NAMES))
  withExample(withPlace(withJson(resume)), 'sendword apps resume default c2dm').action(
    async (app: string, transport: TransportName | undefined, flags: PlaceFlags & JsonFlags) => {
      const transports = transport === undefined ? TRANSPORT_NAMES : [transport]
      const resumed = await withCore(context, flags, async (core) => {
        const ended: TransportName[] = []
        for (const name of transports) if (await core.pauses.resume(app, name)) ended.push(name)
        return ended
      })
      if (flags.json) context.terminal.printJson({ app, resumed })
      else if (resumed.length === 0) context.terminal.print(`Nothing of the app ${app} was paused.`)
      else context.terminal.print(`The app ${app} sends through ${resumed.join(', ')} again.`)
    },
  )
  group.addCommand(resume)
  return withExample(group, 'sendword apps resume default c2dm')
}
