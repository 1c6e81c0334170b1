// Every lab, walked as a learner would: it begins with something to do, its solution runs with the real kubectl, and then all is right.
// The cluster is in this process, behind its own HTTPS door, twenty virtual seconds a second.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serveLab } from '../packages/sim/src/cli/lab-serve.ts'
import { solve } from '../packages/sim/src/cli/lab-solve.ts'
import { labNames, labsHome } from '../packages/sim/src/lab/lab-folders.ts'
import { labReportText } from '../packages/sim/src/lab/lab-text.ts'
import { readLab } from '../packages/sim/src/lab/read-lab.ts'
import { describeWith } from './referees.ts'

const SPEED = 20
const LOOK_MS = 100
/** Virtual: pods that ignore SIGTERM take 30 of them to go. */
const LIMIT_SECONDS = 120

describeWith(['kubectl', 'openssl'], 'labs', () => {
  let home = ''
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'podwire-labs-'))
    process.env['HOME'] = home
  })
  afterAll(() => rmSync(home, { recursive: true, force: true }))

  const wanted = process.env['PODWIRE_LAB']
  test.each(labNames().filter((name) => wanted === undefined || name.includes(wanted)))(
    '%s',
    async (name) => {
      const lab = readLab(join(labsHome(), name))
      const kubeconfig = join(home, name, 'kubeconfig')
      const live = await serveLab(lab, { kubeconfig, apiPort: 0, dnsPort: undefined, speed: SPEED })
      try {
        const before = await live.session.check()
        expect(before.ok, labReportText(before, 'en')).toBe(false)
        const said: string[] = []
        const failed = await solve(lab.solution, { kubeconfig, files: live.files, write: (text) => said.push(text) })
        expect(failed, said.join('')).toBeUndefined()
        let after = await live.session.check()
        for (let waited = 0; !after.ok && waited < (LIMIT_SECONDS * 1000) / SPEED; waited += LOOK_MS) {
          await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
          after = await live.session.check()
        }
        if (process.env['PODWIRE_LAB_SHOW'] !== undefined) {
          process.stdout.write(`${labReportText(before, 'en')}\n${labReportText(before, 'zh')}\n${said.join('')}\n`)
        }
        expect(after.ok, `${said.join('')}\n${labReportText(after, 'en')}`).toBe(true)
      } finally {
        await live.close()
      }
    },
    60_000,
  )
})
