// `podwire lab solve`: runs the lab's solution, command by command, as the learner would type them: the real kubectl, curl and
// podwire, in the learner's folder. It shows each command and what it says, and stops at the first that does not go as it should.

import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { PodwireError } from '@podwire/engine'
import type { Bilingual } from '../check/bilingual.ts'
import type { SolutionStep } from '../lab/lab.ts'
import { labReportText } from '../lab/lab-text.ts'
import { LAB_SENTENCES } from '../lab/lab-words.ts'
import { readLab } from '../lab/read-lab.ts'
import { ALL_RIGHT, NOT_SO } from './exit-status.ts'
import { checkUntil, type LabAskOptions } from './lab-ask.ts'
import { PODWIRE } from './lab-start.ts'
import { findRunningLab } from './lab-state.ts'

export interface SolvePlace {
  readonly kubeconfig: string
  /** Where the commands run. */
  readonly files: string
  /** Told what is run and what it says, as it comes. */
  readonly write: (text: string) => void
}

// Pods take their time to start and, with kubia, to end.
const CHECK_WAIT_SECONDS = 60
/** Of a shell that knows no such command. */
const NOT_FOUND = 127

export async function runLabSolve(options: LabAskOptions): Promise<number> {
  const state = findRunningLab(options.kubeconfig)
  const { solution } = readLab(state.folder)
  const { kubeconfig, files } = state
  const failed = await solve(solution, { kubeconfig, files, write: (text) => void process.stdout.write(text) })
  if (failed !== undefined) {
    process.stderr.write(`podwire: ${failed[options.lang]}\n`)
    return NOT_SO
  }
  const report = await checkUntil(state, CHECK_WAIT_SECONDS)
  process.stdout.write(`\n${labReportText(report, options.lang)}`)
  return report.ok ? ALL_RIGHT : NOT_SO
}

/** @returns what went otherwise than it should; undefined when all went well */
export async function solve(solution: readonly SolutionStep[], place: SolvePlace): Promise<Bilingual | undefined> {
  const tools = mkdtempSync(join(tmpdir(), 'podwire-tools-'))
  try {
    const podwire = join(tools, 'podwire')
    writeFileSync(podwire, `#!/bin/sh\nexec ${sh(process.execPath)} ${sh(PODWIRE)} "$@"\n`)
    chmodSync(podwire, 0o755)
    const env = {
      ...process.env,
      KUBECONFIG: place.kubeconfig,
      PATH: `${tools}${delimiter}${process.env['PATH'] ?? ''}`,
    }
    for (const { run, refused } of solution) {
      place.write(`$ ${run.trimEnd().replaceAll('\n', '\n> ')}\n`)
      const { status, said } = await runShell(run, { cwd: place.files, env }, place.write)
      const missing = /(\S+): (?:command )?not found/.exec(status === NOT_FOUND ? said : '')?.[1]
      if (missing !== undefined) return LAB_SENTENCES.noTool(missing, run.trimEnd())
      if (refused === undefined && status !== 0) return LAB_SENTENCES.commandEnded(status, run.trimEnd())
      if (refused === undefined) continue
      if (status === 0) return LAB_SENTENCES.notRefused(run.trimEnd())
      if (!said.includes(refused)) return LAB_SENTENCES.refusedOtherwise(refused, run.trimEnd())
    }
    return undefined
  } finally {
    rmSync(tools, { recursive: true, force: true })
  }
}

function sh(path: string): string {
  return `'${path.replaceAll("'", String.raw`'\''`)}'`
}

function runShell(
  line: string,
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  write: (text: string) => void,
): Promise<{ status: number; said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', line], { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    const take = (data: Buffer): void => {
      said += data.toString('utf8')
      write(data.toString('utf8'))
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('error', (error) =>
      reject(new PodwireError('run the solution', error.message, 'It needs a POSIX shell, sh, that PATH leads to.')),
    )
    child.on('close', (code) => resolve({ status: code ?? 1, said }))
  })
}
