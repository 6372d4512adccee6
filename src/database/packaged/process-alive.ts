// Whether a process on this machine is alive, and what it is.
import { readFile } from 'node:fs/promises'
import { errorCode } from '../connection-errors.ts'
import { runProgram } from './run-program.ts'

/** A process that has ended and whose parent has not noticed yet (a zombie) is not alive. */
export async function isProcessAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return errorCode(error) !== 'ESRCH'
  }
  if (process.platform !== 'linux') return true
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return !/^State:\s+[ZX]/m.test(status)
}

/** Undefined where it cannot be known. */
export async function commandLine(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') return await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined)
  if (process.platform === 'win32') return undefined
  const { code, stdout } = await runProgram('ps', ['-o', 'command=', '-p', String(pid)])
  return code === 0 ? stdout : undefined
}
