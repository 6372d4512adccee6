// What users, groups and channels are done to by: operations on something of an app, which must be one that there is.
import type { DirectoryContext } from '../publishing/directory-context.ts'

export interface DirectoryInput {
  readonly directory: DirectoryContext
  /** Throws PUSH_APP_UNKNOWN. */
  readonly assertApp: (app: string) => void
}

interface OfApp {
  readonly app: string
}

/** Makes a method of an operation: the app is judged first, and the context is given along. */
export function methodMaker({ directory, assertApp }: DirectoryInput) {
  return <Ref extends OfApp, Rest extends unknown[], Result>(
    operate: (context: DirectoryContext, ref: Ref, ...rest: Rest) => Promise<Result>,
  ) =>
    async (ref: Ref, ...rest: Rest): Promise<Result> => {
      assertApp(ref.app)
      return await operate(directory, ref, ...rest)
    }
}
