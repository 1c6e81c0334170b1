// `node scripts/scenario-hashes.mjs`: runs the ten scenarios of test/scenarios in this process, on the built packages, and compares
// their trace hashes with the committed ones. `--update` commits what they are now: do so when behaviour was meant to change.

import { writeFileSync } from 'node:fs'
import { prepare } from './prepare.mjs'

prepare()
const { committedHashes, HASHES_FILE, runScenario, SCENARIOS } = await import('../test/scenarios/scenarios.mjs')

const found = {}
for (const scenario of SCENARIOS) found[scenario.name] = await runScenario(scenario)

if (process.argv.includes('--update')) {
  writeFileSync(HASHES_FILE, `${JSON.stringify(found, null, 2)}\n`)
  console.log(`podwire: wrote ${SCENARIOS.length} hashes to ${HASHES_FILE.pathname}`)
} else {
  const committed = committedHashes()
  const different = SCENARIOS.map(({ name }) => name).filter((name) => committed[name]?.hash !== found[name].hash)
  for (const name of different) {
    console.log(`podwire: "${name}" is another run than the committed one:`)
    console.log(`  committed ${JSON.stringify(committed[name])}\n  now       ${JSON.stringify(found[name])}`)
  }
  const remedy = 'If behaviour was meant to change: node scripts/scenario-hashes.mjs --update'
  console.log(
    different.length === 0
      ? `podwire: all ${SCENARIOS.length} scenarios have their committed trace hashes`
      : `podwire: ${different.length} of ${SCENARIOS.length} scenarios changed. ${remedy}`,
  )
  process.exitCode = different.length === 0 ? 0 : 1
}
