// `npm test`: types, lint, format, dead code, then every test. Each check runs even when an earlier one failed; the last
// line says how many tests passed.
//   npm test -- packages/dns    only the tests below a path, and no other check

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { prepare, root } from './prepare.mjs'

prepare()
const only = process.argv.slice(2)
const bin = (name) => join(root, 'node_modules', '.bin', name)
const verdictPath = join(root, '.podwire', 'test-verdict.json')
/** How long Vitest may take to end after its last test: its own limit is 10 s. */
const SHUTDOWN_MS = 60_000

const CHECKS = [
  { title: 'types', command: bin('tsc'), args: ['-p', 'tsconfig.json'] },
  { title: 'lint', command: bin('oxlint'), args: ['--type-aware', '--deny-warnings'] },
  { title: 'format', command: bin('prettier'), args: ['--check', '--cache', '--log-level', 'warn', '.'] },
  { title: 'dead code', command: bin('knip'), args: ['--no-progress'] },
]

const failed = []
for (const { title, command, args } of only.length > 0 ? [] : CHECKS) {
  const startedMs = Date.now()
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20 })
  console.log(`podwire: ${title} ${status === 0 ? 'ok' : 'FAILED'} (${((Date.now() - startedMs) / 1000).toFixed(1)} s)`)
  if (status === 0) continue
  failed.push(title)
  console.log(`${stdout}${stderr}`)
}

mkdirSync(join(root, '.podwire'), { recursive: true })
rmSync(verdictPath, { force: true })
await runVitest()

if (!existsSync(verdictPath)) {
  console.log('podwire: the tests did not run to their end')
  process.exit(1)
}
const { passed, failed: lost, skipped, errors } = JSON.parse(readFileSync(verdictPath, 'utf8'))
if (lost + errors > 0) failed.push('tests')
if (failed.length > 0) console.log(`podwire: failed: ${failed.join(', ')}`)
console.log(
  `${passed} passed, ${lost} failed, ${skipped} skipped${errors > 0 ? `, ${errors} errors outside tests` : ''}`,
)
process.exit(failed.length > 0 || passed === 0 ? 1 : 0)

/** Resolves when Vitest has ended, or some time after it has told how the tests came out. */
async function runVitest() {
  const reporters = ['--reporter=default', `--reporter=${join(root, 'scripts', 'verdict-reporter.mjs')}`]
  const vitest = spawn(bin('vitest'), ['run', ...reporters, ...only], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PODWIRE_TEST_VERDICT: verdictPath },
  })
  const ended = once(vitest, 'exit')
  const toldMs = () => (existsSync(verdictPath) ? statSync(verdictPath).mtimeMs : Infinity)
  const watch = setInterval(() => {
    if (Date.now() - toldMs() < SHUTDOWN_MS) return
    console.log(`podwire: Vitest told its result ${SHUTDOWN_MS / 1000} s ago and has not ended: killed`)
    vitest.kill('SIGKILL')
  }, 1_000)
  await ended
  clearInterval(watch)
}
