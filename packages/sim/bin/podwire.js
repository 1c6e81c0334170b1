#!/usr/bin/env node
// The podwire command. The code is in src/cli; `npm start` or `npm test` builds it.

import { existsSync } from 'node:fs'

const main = new URL('../dist/cli/main.js', import.meta.url)
if (!existsSync(main)) {
  process.stderr.write('podwire is not built yet. Run `npm start` or `npm test` once in its folder.\n')
  process.exit(2)
}
// A reader that has seen enough (`podwire demo | head`) is no error.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})
const { runCli } = await import(main.href)
process.exitCode = await runCli(process.argv.slice(2))
