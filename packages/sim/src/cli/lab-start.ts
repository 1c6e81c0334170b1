// `podwire lab start`: boots a lab's cluster, shows its text and tasks, and serves it until Ctrl-C; with --background in a process of
// its own, which `podwire lab stop` ends.

import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Language } from '../check/bilingual.ts'
import { findLab } from '../lab/lab-folders.ts'
import { labIntroduction } from '../lab/lab-text.ts'
import { LAB_ERRORS, LAB_SENTENCES, LAB_WORDS } from '../lab/lab-words.ts'
import { readLab } from '../lab/read-lab.ts'
import { checkKubeconfigPlace } from './kubeconfig-place.ts'
import { serveLab, type LiveLab } from './lab-serve.ts'
import { during } from './progress.ts'
import { removeLabState, runningLab, writeLabState } from './lab-state.ts'
import { makeFolder, untilSignal } from './serving.ts'
import { reachTables } from './welcome.ts'

export interface LabStartOptions {
  readonly kubeconfig: string
  readonly lang: Language
  readonly apiPort: number
  readonly dnsPort: number
  readonly speed: number
  readonly background?: boolean
}

// From src/cli and from a package's dist/chunks alike.
export const PODWIRE = fileURLToPath(new URL('../../bin/podwire.js', import.meta.url))

export async function runLabStart(name: string, options: LabStartOptions): Promise<number> {
  const folder = findLab(name)
  const lab = readLab(folder)
  const running = runningLab(options.kubeconfig)
  if (running !== undefined) {
    throw LAB_ERRORS.running(lab.name, running.lab, running.pid)
  }
  await checkKubeconfigPlace(options.kubeconfig)
  const starting = LAB_SENTENCES.starting(lab.name)[options.lang]
  if (options.background === true) return startInBackground(folder, options, starting)
  const live = await during(starting, serveLab(lab, options))
  const { kubeconfig, files } = live
  writeLabState({ lab: lab.name, folder, files, kubeconfig, pid: process.pid })
  try {
    // Who reads the ready line may end us at once.
    const signalled = untilSignal()
    process.stdout.write(startText(live, options.lang))
    await signalled
    process.stdout.write(`\n${LAB_WORDS.stopping[options.lang]}\n`)
    return 0
  } finally {
    removeLabState(kubeconfig, process.pid)
    await live.close()
  }
}

function startText(live: LiveLab, language: Language): string {
  const { kubeconfig, files, lab } = live
  const quoted = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path}'`)
  const lines = [
    labIntroduction(lab, language),
    ...reachTables(live.cluster, language),
    LAB_WORDS.terminal[language],
    `  export KUBECONFIG=${quoted(kubeconfig)}`,
    ...(lab.files.length === 0 ? [] : [`  cd ${quoted(files)}        # ${lab.files.join(' ')}`]),
    LAB_WORDS.checkIt[language],
    '',
    `ready ${live.url} kubeconfig ${kubeconfig}`,
    '',
  ]
  return lines.join('\n')
}

const LOOK_MS = 100
const READY_LIMIT_MS = 60_000

/** Starts itself again, detached, and passes on what it says until it is ready. */
async function startInBackground(folder: string, options: LabStartOptions, starting: string): Promise<number> {
  const { kubeconfig, lang, apiPort, dnsPort, speed } = options
  const place = dirname(resolve(kubeconfig))
  makeFolder(place)
  const log = join(place, 'lab.log')
  const output = openSync(log, 'w')
  const flags = [
    '--kubeconfig',
    resolve(kubeconfig),
    '--lang',
    lang,
    '--api-port',
    String(apiPort),
    '--dns-port',
    String(dnsPort),
  ]
  const args = [PODWIRE, 'lab', 'start', folder, ...flags, '--speed', String(speed)]
  const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', output, output] })
  closeSync(output)
  child.unref()
  const { said, status } = await during(starting, untilReady(child, log))
  const out = status === 0 ? process.stdout : process.stderr
  out.write(said)
  return status
}

interface Started {
  readonly said: string
  readonly status: number
}

async function untilReady(child: ChildProcess, log: string): Promise<Started> {
  for (let waitedMs = 0; waitedMs < READY_LIMIT_MS; waitedMs += LOOK_MS) {
    await sleep(LOOK_MS)
    const said = readFileSync(log, 'utf8')
    if (/^ready .*\n/m.test(said)) return { said, status: 0 }
    if (child.exitCode !== null || child.signalCode !== null) return { said, status: child.exitCode ?? 1 }
  }
  throw LAB_ERRORS.notReady(READY_LIMIT_MS / 1000, log)
}
