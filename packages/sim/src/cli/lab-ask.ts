// `podwire lab check`, `hint` and `reset`: ask the process that runs the lab.

import { setTimeout as sleep } from 'node:timers/promises'
import { PodwireError } from '@podwire/engine'
import type { Language } from '../check/bilingual.ts'
import type { LabHint, LabReport } from '../lab/lab-session.ts'
import { labHintText, labReportText } from '../lab/lab-text.ts'
import { LAB_ERRORS, LAB_SENTENCES } from '../lab/lab-words.ts'
import { askCluster, ClusterRefusal } from './control-request.ts'
import { ALL_RIGHT, NOT_SO } from './exit-status.ts'
import { findCluster } from './kubeconfig.ts'
import { LAB_ROUTE, type LabAction } from './lab-serve.ts'
import { findRunningLab, type LabState } from './lab-state.ts'

export interface LabAskOptions {
  readonly kubeconfig?: string
  readonly lang: Language
}

export interface LabCheckOptions extends LabAskOptions {
  readonly json?: boolean
  /** Seconds. */
  readonly wait?: number
}

export async function runLabCheck(options: LabCheckOptions): Promise<number> {
  const state = findRunningLab(options.kubeconfig)
  const report = await checkUntil(state, options.wait ?? 0)
  process.stdout.write(
    options.json === true ? `${JSON.stringify(report, undefined, 2)}\n` : labReportText(report, options.lang),
  )
  return report.ok ? ALL_RIGHT : NOT_SO
}

const LOOK_MS = 500

/** Checks until all is right, at most so long. */
export async function checkUntil(state: LabState, waitSeconds: number): Promise<LabReport> {
  const endMs = Date.now() + waitSeconds * 1000
  for (;;) {
    const report = (await ask(state, 'check')) as LabReport
    if (report.ok || Date.now() >= endMs) return report
    await sleep(LOOK_MS)
  }
}

export async function runLabHint(options: LabAskOptions): Promise<number> {
  const state = findRunningLab(options.kubeconfig)
  process.stdout.write(labHintText((await ask(state, 'hint')) as LabHint, options.lang))
  return 0
}

const RESET_LIMIT_MS = 60_000

export async function runLabReset(options: LabAskOptions): Promise<number> {
  const state = findRunningLab(options.kubeconfig)
  const { generation } = (await ask(state, 'reset')) as { generation: number }
  for (let waitedMs = 0; waitedMs < RESET_LIMIT_MS; waitedMs += LOOK_MS) {
    await sleep(LOOK_MS)
    if ((await generationNow(state)) > generation) {
      process.stdout.write(`${LAB_SENTENCES.isBack(state.lab)[options.lang]}
`)
      return 0
    }
  }
  throw LAB_ERRORS.notBack(state.lab, RESET_LIMIT_MS / 1000)
}

/** 0 while the door is between two clusters. */
async function generationNow(state: LabState): Promise<number> {
  try {
    return ((await ask(state, 'state')) as { generation: number }).generation
  } catch (error) {
    if (error instanceof PodwireError) return 0
    throw error
  }
}

async function ask(state: LabState, action: LabAction): Promise<object> {
  const answer = await askCluster(findCluster(state.kubeconfig), LAB_ROUTE, { action })
  if ('error' in answer) throw new ClusterRefusal(`${action} the lab ${state.lab}`, String(answer.error))
  return answer
}
