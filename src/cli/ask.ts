// A question to the person at the terminal.
import { createInterface } from 'node:readline/promises'

/** Undefined when there is nobody to ask, or he goes away. Ctrl-C counts as the signal that it stands for. */
export async function askOnTerminal(
  question: string,
  input: NodeJS.ReadStream,
  output: NodeJS.WriteStream,
): Promise<string | undefined> {
  if (!input.isTTY || !output.isTTY) return undefined
  const lines = createInterface({ input, output })
  const gone = new AbortController()
  lines.once('close', () => gone.abort())
  try {
    return await lines.question(question, { signal: gone.signal })
  } catch {
    return undefined
  } finally {
    lines.close()
  }
}
