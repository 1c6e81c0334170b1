// `podwire replay`: runs a recording again and says whether it is the same run; lists what is in it, prints its events, or serves the
// cluster from some moment on.

import { formatDuration, type Microseconds } from '@podwire/engine'
import { printEvents } from '../recording/event-lines.ts'
import { inputText } from '../recording/input.ts'
import { readRecording, type Recording } from '../recording/recording-file.ts'
import { OtherRun, replayRecording, type Replayed } from '../recording/replay-recording.ts'
import { NOT_SO } from './exit-status.ts'
import { checkKubeconfigPlace } from './kubeconfig-place.ts'
import { newAccess, serveCluster, type ServeOptions } from './serve-cluster.ts'
import { formatTable } from './table.ts'
import { reportTaskError } from './serving.ts'

export interface ReplayCommandOptions extends Omit<ServeOptions, 'bare' | 'outerNginx' | 'socksPort'> {
  readonly to?: Microseconds
  readonly list?: boolean
  readonly trace?: boolean
  readonly serve?: boolean
}

export function runReplay(file: string, options: ReplayCommandOptions): Promise<number> {
  return replayAgain(file, options).catch((error: unknown) => {
    if (!(error instanceof OtherRun)) throw error
    process.stderr.write(`podwire: ${error.message}\n`)
    return NOT_SO
  })
}

async function replayAgain(file: string, options: ReplayCommandOptions): Promise<number> {
  const recording = readRecording(file)
  warnOfDamage(recording)
  if (options.list === true) {
    process.stdout.write(listText(recording))
    return 0
  }
  if (options.serve === true) await checkKubeconfigPlace(options.kubeconfig)
  const write = (text: string): void => void process.stdout.write(text)
  const replayed = await replayRecording(recording, {
    ...(options.to === undefined ? {} : { toUs: options.to }),
    onTaskError: reportTaskError,
    ...(options.trace === true ? { onBoot: (cluster) => printEvents(cluster, write) } : {}),
    onInput: ({ at, input }) => {
      if (options.trace === true && input !== undefined) write(`${timeText(at)}  > ${inputText(input)}\n`)
    },
  })
  write(summary(file, replayed, options.to))
  if (options.serve !== true) return 0
  await replayed.release()
  const { bare = false } = recording.start.options
  return serveCluster(replayed.composition, await newAccess(undefined), { ...options, bare: bare !== false })
}

function warnOfDamage({ file, damage, entries }: Recording): void {
  if (damage === undefined) return
  const kept = entries.filter(({ input }) => input !== undefined).length
  const last = entries.at(-1)
  const until = last === undefined ? '' : `, up to ${formatDuration(last.at)}`
  process.stderr.write(
    `warning: ${file}:${damage.line}: ${damage.reason}; what is before it is used: ${kept} inputs${until}\n`,
  )
}

function listText({ entries, start, file }: Recording): string {
  const rows = entries.flatMap(({ line, at, input }) =>
    input === undefined ? [] : [[formatDuration(at), String(line), inputText(input)]],
  )
  const end = formatDuration(entries.at(-1)?.at ?? start.bootUs)
  const seed = start.options.seed ?? 1
  return `${formatTable(['TIME', 'LINE', 'INPUT'], rows)}\n${file}: seed ${seed}, ${rows.length} inputs from ${formatDuration(start.bootUs)} to ${end}\n`
}

function summary(file: string, { cluster, inputs, untold }: Replayed, to: Microseconds | undefined): string {
  const where = `${file}: ${inputs} inputs, ${to === undefined ? 'to the end' : 'up to there'}, at ${cluster.age}`
  if (untold?.input === undefined) return `${where}: the trace hash is ${cluster.traceHash}, as it was\n`
  return (
    `${where}: the trace hash is ${cluster.traceHash}\n` +
    `from line ${untold.line}, at ${formatDuration(untold.at)}, the run may be another one: ${inputText(untold.input)}\n`
  )
}

function timeText(timeUs: Microseconds): string {
  return formatDuration(timeUs).padStart(12)
}
