// A logger that keeps its lines for the test to read.
import type { Logger } from '../../src/util/logger.ts'

export interface RecordingLogger extends Logger {
  /** `<level> <message> <fields as JSON>` */
  readonly lines: string[]
}

export function recordingLogger(): RecordingLogger {
  const lines: string[] = []
  const level = (name: string) => (message: string, fields?: object) => {
    lines.push(`${name} ${message} ${JSON.stringify(fields ?? {})}`)
  }
  const logger: RecordingLogger = {
    lines,
    error: level('error'),
    warn: level('warn'),
    info: level('info'),
    debug: level('debug'),
    child: () => logger,
  }
  return logger
}
