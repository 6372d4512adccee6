#!/usr/bin/env node
// The command `sendword`. Written so that a Node as old as 12 can read it and say that it is too old.
const NEEDED = [22, 18]
const running = process.versions.node.split('.').map(Number)

if (running[0] < NEEDED[0] || (running[0] === NEEDED[0] && running[1] < NEEDED[1])) {
  fail(
    `sendword needs Node ${NEEDED.join('.')} or newer, and this is Node ${process.versions.node}. ` +
      'Install a newer one from https://nodejs.org and run it again.',
  )
} else {
  import('../dist/cli/main.js').catch((error) => {
    const isUnbuilt =
      error.code === 'ERR_MODULE_NOT_FOUND' && /dist[\\/]cli[\\/]main\.js'? imported/.test(error.message)
    if (!isUnbuilt) throw error
    fail('this checkout has not been built. Run `npm run build`, or use `npm run -s sendword --`.')
  })
}

function fail(what) {
  process.stderr.write(`error: ${what}\n`)
  process.exitCode = 2
}
