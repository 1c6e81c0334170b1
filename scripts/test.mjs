// `npm test`: types, lint, format, dead code, then every test. Each check runs even when an earlier one failed; the last
// line says how many tests passed.
//   npm test -- packages/dns    only the tests below a path, and no other check

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { prepare, root } from './prepare.mjs'

prepare()
const only = process.argv.slice(2)
const bin = (name) => join(root, 'node_modules', '.bin', name)
const results = join(root, '.podwire', 'test-results.json')

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
rmSync(results, { force: true })
const vitest = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${results}`, ...only]
const { status } = spawnSync(bin('vitest'), vitest, { cwd: root, stdio: 'inherit' })
if (status !== 0) failed.push('tests')

if (failed.length > 0) console.log(`podwire: failed: ${failed.join(', ')}`)
if (!existsSync(results)) {
  console.log('podwire: no test ran')
  process.exit(1)
}
const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(results, 'utf8'))
console.log(`${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`)
process.exit(failed.length > 0 || numPassedTests === 0 ? 1 : 0)
