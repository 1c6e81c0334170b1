// Which lab is running, in a file beside its kubeconfig: `lab.json`. There is one live lab to a kubeconfig.

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { LAB_ERRORS } from '../lab/lab-words.ts'
import { clusterKubeconfig } from './kubeconfig.ts'

export interface LabState {
  readonly lab: string
  /** Of the lab's own files. */
  readonly folder: string
  /** Of the learner's copies. */
  readonly files: string
  readonly kubeconfig: string
  readonly pid: number
}

export function labStateFile(kubeconfig: string): string {
  return join(dirname(resolve(kubeconfig)), 'lab.json')
}

export function writeLabState(state: LabState): void {
  writeFileSync(labStateFile(state.kubeconfig), `${JSON.stringify(state, undefined, 2)}\n`)
}

/** Only if it is still about this process. */
export function removeLabState(kubeconfig: string, pid: number): void {
  if (readState(kubeconfig)?.pid === pid) rmSync(labStateFile(kubeconfig), { force: true })
}

/** The lab that runs there; undefined when none does. */
export function runningLab(kubeconfig: string): LabState | undefined {
  const state = readState(kubeconfig)
  return state !== undefined && isAlive(state.pid) ? state : undefined
}

/** The lab that `--kubeconfig`, KUBECONFIG or the default place leads to. @throws PodwireError when none runs there */
export function findRunningLab(explicit: string | undefined): LabState {
  const kubeconfig = clusterKubeconfig(explicit)
  const state = runningLab(kubeconfig)
  if (state !== undefined) return state
  throw LAB_ERRORS.noneRuns(kubeconfig)
}

function readState(kubeconfig: string): LabState | undefined {
  const file = labStateFile(kubeconfig)
  if (!existsSync(file)) return undefined
  try {
    const state = JSON.parse(readFileSync(file, 'utf8')) as Partial<LabState>
    if (typeof state.pid === 'number' && typeof state.folder === 'string' && typeof state.lab === 'string') {
      return { files: dirname(file), kubeconfig, ...state } as LabState
    }
  } catch {
    // Half a file is no lab.
  }
  throw LAB_ERRORS.damaged(file)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
