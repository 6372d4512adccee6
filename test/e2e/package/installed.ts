// The packed package, installed into an empty project as a user would.
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packedPackage } from '../../kit/packed-package.ts'
import { type Ended, removeFolder, startProgram, temporaryFolder } from '../cli/command.ts'

export interface Project extends AsyncDisposable {
  readonly folder: string
  /** Writes a program and runs it there. */
  run(file: string, program: string, env?: Readonly<Record<string, string>>): Promise<Ended>
  /** Runs the command as npx finds it. */
  sendword(...words: string[]): Promise<Ended>
}

export async function installPackage(...flags: string[]): Promise<Project> {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--prefix', folder]
  await promisify(execFile)('npm', ['install', await packedPackage(), ...quiet, ...flags], { cwd: folder })
  return {
    folder,
    async run(file, program, env = {}) {
      await writeFile(join(folder, file), program)
      return await startProgram([process.execPath, file], { folder, env, input: '' }).ended
    },
    sendword: (...words) => startProgram(['npx', '--no-install', 'sendword', ...words], { folder, input: '' }).ended,
    [Symbol.asyncDispose]: () => removeFolder(folder, 'data'),
  }
}
