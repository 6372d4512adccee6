import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import type { CommandContext } from '../../../src/cli/command-context.ts'
import { createProgram } from '../../../src/cli/program.ts'

/** Telling what there is needs nothing of a process. */
const program = createProgram({} as CommandContext)

function withChildren(command: Command, path: string): Array<[path: string, command: Command]> {
  return [[path, command], ...command.commands.flatMap((child) => withChildren(child, `${path} ${child.name()}`))]
}

const commands = withChildren(program, 'sendword')

describe('every command', () => {
  test.each(commands)('%s has a description and an example in its help', (path, command) => {
    let help = ''
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp()
    expect(command.description()).toMatch(/\.$/)
    expect(help).toMatch(new RegExp(`Example:\\n  \\$ .*${path.replace('sendword', 'sendword( \\\\S+)*')}`))
  })

  test.each(commands)('%s stands with its flags in docs/reference/cli.md', async (path, command) => {
    const page = await readFile('docs/reference/cli.md', 'utf8')
    const name = path.replace(/^sendword ?/, '')
    const section = page.split(/^## /m).find((text) => text.startsWith(`${name.split(' ')[0]}\n`)) ?? page
    expect(section).toContain(name)
    const shared = page.split(/^## /m).find((text) => text.startsWith('Flags of many commands')) ?? ''
    for (const { long, flags } of command.options) {
      if (long === '--version') continue
      expect(section + shared, flags).toContain(`${long}`)
    }
  })
})
