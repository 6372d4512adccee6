// Where a configuration file has its syntax error. V8 knows, but says so only in texts.
import { execFile } from 'node:child_process'
import { basename } from 'node:path'

export interface Position {
  readonly line: number
  readonly column: number
}

/** For a text that JSON.parse refuses. */
export function positionInJson(text: string): Position | undefined {
  const message = faultOf(text)
  if (message === undefined) return undefined
  const stated = /at position (\d+)/.exec(message)?.[1]
  if (stated !== undefined) return positionOf(text, Number(stated))
  return positionOf(text, message.startsWith(UNEXPECTED) ? unexpectedToken(text) : text.length)
}

const UNEXPECTED = 'Unexpected token'

function faultOf(text: string): string | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : undefined
  }
}

/**
 * V8 names an unexpected token without its position. Every beginning of the text that holds the token fails with the
 * same complaint, and every shorter one because it ends too early: so the shortest that complains ends at the token.
 */
function unexpectedToken(text: string): number {
  let [tooShort, longEnough] = [0, text.length]
  while (longEnough - tooShort > 1) {
    const middle = Math.floor((tooShort + longEnough) / 2)
    if (faultOf(text.slice(0, middle))?.startsWith(UNEXPECTED)) longEnough = middle
    else tooShort = middle
  }
  return longEnough - 1
}

function positionOf(text: string, offset: number): Position {
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
}

/** For a module whose import failed with `error`; undefined when the fault lies in a file that it imports. */
export async function positionInModule(error: SyntaxError, path: string): Promise<Position | undefined> {
  return positionInReport(error.stack ?? '', path) ?? positionInReport(await checkSyntax(path), path)
}

/** The error of an ES module's import lacks its position; Node's own check prints it. */
function checkSyntax(path: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--check', path], (_error, _stdout, stderr) => resolve(stderr))
  })
}

/** The report names file and line first, then shows the line and, below it, a caret at the fault. */
function positionInReport(report: string, path: string): Position | undefined {
  const [head = '', ...shown] = report.split('\n')
  const line = /^(.*):(\d+)$/.exec(head)
  if (line === null || !line[1]?.endsWith(basename(path))) return undefined
  const caret = shown.find((text) => /^\s*\^+\s*$/.test(text))
  return { line: Number(line[2]), column: (caret?.indexOf('^') ?? 0) + 1 }
}
