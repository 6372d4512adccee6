// The tree of commands, and how a wrong command line is told.
import { Command, type CommanderError } from 'commander'
import { InputError } from '../model/push-error.ts'
import type { CommandContext } from './command-context.ts'
import { appsCommand } from './commands/apps.ts'
import { broadcastCommand } from './commands/broadcast.ts'
import { c2dmCommand } from './commands/c2dm.ts'
import { channelsCommand } from './commands/channels.ts'
import { demoCommand } from './commands/demo.ts'
import { devicesCommand } from './commands/devices.ts'
import { emulatorCommand } from './commands/emulator.ts'
import { groupsCommand } from './commands/groups.ts'
import { messagesCommand } from './commands/messages.ts'
import { migrateCommand } from './commands/migrate.ts'
import { previewCommand } from './commands/preview.ts'
import { sendCommand } from './commands/send.ts'
import { serveCommand } from './commands/serve.ts'
import { usersCommand } from './commands/users.ts'
import { webhooksCommand } from './commands/webhooks.ts'
import { workerCommand } from './commands/worker.ts'
import { withExample } from './flags.ts'
import { readVersion } from './version.ts'

/** What commander throws after it has shown what was asked for, or help because a command was missing. */
const SHOWN = new Set(['commander.helpDisplayed', 'commander.version', 'commander.help'])

export function createProgram(context: CommandContext): Command {
  const program = new Command('sendword')
    .description('The push server you own: proves each address, and loses nothing that it accepted.')
    .version(readVersion(), '--version', 'Print the version.')
  const commands = [
    serveCommand,
    workerCommand,
    sendCommand,
    broadcastCommand,
    previewCommand,
    devicesCommand,
    usersCommand,
    groupsCommand,
    channelsCommand,
    messagesCommand,
    appsCommand,
    webhooksCommand,
    c2dmCommand,
    migrateCommand,
    emulatorCommand,
    demoCommand,
  ]
  for (const command of commands) program.addCommand(command(context))
  withExample(program, 'sendword demo')
  tellWrongUse(program, 'sendword')
  return program
}

/** Gives a command and those below it one way to fail: an InputError that names the help to read. */
function tellWrongUse(command: Command, path: string): void {
  command.helpOption('-h, --help', 'Show this help.')
  if (command.commands.length > 0) command.helpCommand('help [command]', 'Show the help of a command.')
  // The error is printed by whoever catches it.
  command.configureOutput({ outputError: () => {} })
  command.exitOverride((error) => {
    throw SHOWN.has(error.code) ? error : wrongUse(error, path)
  })
  for (const child of command.commands) tellWrongUse(child, `${path} ${child.name()}`)
}

function wrongUse({ message }: CommanderError, path: string): InputError {
  const [what = '', hint = ''] = message.replace(/^error: /, '').split('\n')
  const sentence = /[.!?]$/.test(what) ? what : `${what}.`
  return new InputError('PUSH_COMMAND_INVALID', {
    // The hint is commander's “(Did you mean …?)”.
    detail: [upperFirst(sentence), hint.replace(/^\((.*)\)$/, '$1')].join(' ').trim(),
    cure: `Run \`${path} --help\`.`,
  })
}

function upperFirst(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
