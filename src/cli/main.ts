// The entry of the command `sendword`. Loads nothing else before it knows that this Node can run it.
const NEEDED = [22, 18] as const

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  const found = `this is Node ${process.versions.node}`
  process.stderr.write(
    `error: sendword needs Node ${NEEDED.join('.')} or newer, and ${found}. Install a newer one from https://nodejs.org and run it again.\n`,
  )
  process.exitCode = 2
} else {
  const { runProcess } = await import('./run-process.ts')
  await runProcess()
}
