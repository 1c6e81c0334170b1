#!/usr/bin/env node
// The podwire command. The code is in src/cli; `npm start` or `npm test` builds it.

import { existsSync } from 'node:fs'

const main = new URL('../dist/cli/main.js', import.meta.url)
if (!existsSync(main)) {
  process.stderr.write('podwire is not built yet. Run `npm start` or `npm test` once in its folder.\n')
  process.exit(2)
}
// A reader that has seen enough (`podwire demo | head`) is no error; where nothing can be written, it was not done.
process.stdout.on('error', (error) => {
  if (error.code === 'EPIPE') process.exit(0)
  const reason = error.code === 'ENOSPC' ? 'the disk is full' : error.message
  process.stderr.write(`podwire: Failed to write to the standard output: ${reason}.\n`)
  process.exit(2)
})
// Nobody can be told; the exit status still says it.
process.stderr.on('error', () => {})
const { runCli } = await import(main.href)
process.exitCode = await runCli(process.argv.slice(2))
// A scenario's script may have left a timer or a server behind; nothing of podwire's own is waited for any more.
setTimeout(() => process.exit(), 1000).unref()
