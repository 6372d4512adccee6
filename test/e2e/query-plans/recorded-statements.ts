// The statements that this process really runs, with their values: taken where they leave it, so that nothing has to be
// written down a second time.
import pg from 'pg'

export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

type Query = (first: unknown, ...rest: unknown[]) => unknown

/** Runs `work`; answers every statement that went to the database meanwhile, whoever ran it. */
export async function statementsOf(work: () => Promise<unknown>): Promise<Statement[]> {
  const statements: Statement[] = []
  const prototype = pg.Client.prototype as unknown as { query: Query }
  const original = prototype.query
  prototype.query = function (this: unknown, first, ...rest) {
    const statement = toStatement(first, rest[0])
    if (statement) statements.push(statement)
    return original.call(this, first, ...rest)
  }
  try {
    await work()
  } finally {
    prototype.query = original
  }
  return statements
}

function toStatement(first: unknown, second: unknown): Statement | undefined {
  if (typeof first === 'string') return { text: first, values: Array.isArray(second) ? second : [] }
  const { text, values } = first as { text?: unknown; values?: unknown }
  return typeof text === 'string' ? { text, values: Array.isArray(values) ? values : [] } : undefined
}
