// A bash that keeps its variables from one block of commands to the next.
import { spawn } from 'node:child_process'
import { once } from 'node:events'

export const NO_CURL = 'curl or bash is not installed here: the lines of the documentation were not run.'

export interface Shell {
  /** Runs commands and resolves with what they printed. Rejects when the last one fails. */
  run(commands: string): Promise<string>
  close(): void
}

export async function hasCurl(): Promise<boolean> {
  const child = spawn('bash', ['-c', 'command -v curl'], { stdio: 'ignore' })
  const [code] = await once(child, 'close').catch(() => [1])
  return code === 0
}

export function createShell(folder: string): Shell {
  const child = spawn('bash', ['--noprofile', '--norc'], { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] })
  let printed = ''
  let complained = ''
  let onOutput = () => {}
  child.on('error', () => undefined) // a machine without bash: nothing is run
  child.stdout.on('data', (chunk) => {
    printed += chunk
    onOutput()
  })
  child.stderr.on('data', (chunk) => {
    complained += chunk
  })
  return {
    run(commands) {
      const end = /\n__END__ (\d+)\n/
      printed = ''
      complained = ''
      return new Promise((resolve, reject) => {
        onOutput = () => {
          const found = end.exec(printed)
          if (!found) return
          if (found[1] === '0') resolve(printed.slice(0, found.index))
          else reject(new Error(`exit code ${found[1]} of:\n${commands}\n${complained}`))
        }
        child.stdin.write(`${commands}\nprintf '\\n__END__ %s\\n' $?\n`)
      })
    },
    close() {
      child.stdin.end()
    },
  }
}
