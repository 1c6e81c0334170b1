// `npm start`: shows the four flows with their traces, then serves a cluster until Ctrl-C. `npm start -- --once` ends after
// the flows.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { prepare, root } from './prepare.mjs'

prepare()
const args = process.argv.slice(2)
const podwire = join(root, 'packages', 'sim', 'bin', 'podwire.js')

function run(commandArgs) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [podwire, ...commandArgs], { cwd: root, stdio: 'inherit' })
    // The child gets the terminal's Ctrl-C itself; a SIGTERM sent to this process is passed on.
    const passOn = (signal) => child.kill(signal)
    process.on('SIGINT', () => {})
    process.on('SIGTERM', passOn)
    child.on('exit', (code, signal) => resolve(code ?? (signal === null ? 0 : 1)))
  })
}

const demo = await run(['demo'])
if (demo !== 0 || args.includes('--once')) process.exit(demo)
process.stdout.write('\nNow the same cluster in real time, for kubectl and curl. Ctrl-C ends it.\n\n')
process.exit(await run(['up', '--demo', ...args]))
