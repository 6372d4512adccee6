// Where commands print: answers on standard output, everything else on standard error. A reader that has gone is no
// error.
import { styleText } from 'node:util'

type Style = 'bold' | 'dim' | 'green' | 'red' | 'cyan'

export interface Terminal {
  /** A line of the answer. */
  print(line: string): void
  /** The answer for programs: one line of JSON. */
  printJson(value: unknown): void
  /** A line beside the answer. */
  note(line: string): void
  /** Shows a line beside the answer in the place of the one that it showed last; for people only. */
  redraw(line: string): void
  /** Whether a person sees what is printed. */
  readonly isInteractive: boolean
  /** Whether a person sees what is noted, and so the log. */
  readonly showsNotes: boolean
  /** Text with a style, where standard output shows styles (NO_COLOR and FORCE_COLOR are obeyed). */
  paint(style: Style, text: string): string
  /** Resolves when everything printed has left the process. */
  flush(): Promise<void>
}

/** ECMA-48 EL: what the line before was longer by. */
const ERASE_TO_END = '\u001b[K'

export function createTerminal(out: NodeJS.WriteStream, notes: NodeJS.WriteStream): Terminal {
  for (const stream of [out, notes]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // `sendword devices list | head`: whoever read has what he wanted.
      if (error.code !== 'EPIPE') throw error
    })
  }
  return {
    print: (line) => void out.write(`${line}\n`),
    printJson: (value) => void out.write(`${JSON.stringify(value)}\n`),
    note: (line) => void notes.write(`${line}\n`),
    redraw: (line) => void notes.write(`\r${line}${ERASE_TO_END}`),
    isInteractive: out.isTTY === true,
    showsNotes: notes.isTTY === true,
    paint: (style, text) => styleText(style, text, { stream: out }),
    async flush() {
      await Promise.all([written(out), written(notes)])
    },
  }
}

function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) resolve()
    else stream.write('', () => resolve())
  })
}
