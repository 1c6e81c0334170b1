// `podwire lab stop`: ends the process that runs a lab, wherever it was started from.

import { setTimeout as sleep } from 'node:timers/promises'
import { LAB_ERRORS, LAB_SENTENCES } from '../lab/lab-words.ts'
import type { LabAskOptions } from './lab-ask.ts'
import { findRunningLab, runningLab } from './lab-state.ts'

const LOOK_MS = 50
const LIMIT_MS = 10_000

export async function runLabStop(options: LabAskOptions): Promise<number> {
  const { pid, lab, kubeconfig } = findRunningLab(options.kubeconfig)
  process.kill(pid, 'SIGTERM')
  for (let waitedMs = 0; waitedMs < LIMIT_MS; waitedMs += LOOK_MS) {
    if (runningLab(kubeconfig) === undefined) {
      process.stdout.write(`${LAB_SENTENCES.ended(lab)[options.lang]}\n`)
      return 0
    }
    await sleep(LOOK_MS)
  }
  throw LAB_ERRORS.notStopped(lab, pid)
}
