// Runs a recorded cluster again, in virtual time: boots it as it was booted, gives it each input at its time, and compares the trace hash
// before each one. The run is the same up to the first input that no recording holds, or it is not the same podwire.

import { loadHttpDoor } from '@podwire/apiserver'
import { formatDuration, PodwireError, SteppedDriver, type Microseconds } from '@podwire/engine'
import { bootCluster } from '../cli/boot-cluster.ts'
import { controlRoutes } from '../cli/control-routes.ts'
import { ServiceDoors } from '../doors/service-doors.ts'
import { Cluster } from '../sdk/cluster.ts'
import { composeCluster, type Composition } from '../sdk/composition.ts'
import { inputText } from './input.ts'
import { RecordedRun } from './recorded-run.ts'
import type { Entry, Recording } from './recording-file.ts'

export interface ReplayOptions {
  /** Virtual time to stop at, just before what was given then; default: the end. */
  readonly toUs?: Microseconds
  /** Told of the cluster before anything is given to it. */
  readonly onBoot?: (cluster: Cluster) => void
  /** Told of each input before it is given. */
  readonly onInput?: (entry: Entry) => void
  /** Told of a task that threw: a bug, the same as in the recorded run. */
  readonly onTaskError?: (error: unknown) => void
}

export interface Replayed {
  readonly composition: Composition
  readonly cluster: Cluster
  readonly inputs: number
  /** From here on the run may be another one; undefined: it is the same to its end. */
  readonly untold: Entry | undefined
  /** Nothing of the recorded run's host side is left in it. */
  readonly release: () => Promise<void>
}

/** The run came out otherwise: names the first line from which on it did. */
export class OtherRun extends PodwireError {
  override readonly name = 'OtherRun'
}

/** @throws OtherRun; PodwireError for a time beyond the end */
export async function replayRecording(recording: Recording, options: ReplayOptions = {}): Promise<Replayed> {
  const { start, entries, file } = recording
  const { toUs = Infinity, onBoot, onInput, onTaskError = () => undefined } = options
  const lastUs = entries.at(-1)?.at ?? start.bootUs
  if (toUs !== Infinity && toUs > lastUs) {
    throw new PodwireError(
      `replay ${file} to ${formatDuration(toUs)}`,
      `it ends at ${formatDuration(lastUs)}`,
      'Name an earlier time, or none.',
    )
  }
  if (toUs < start.bootUs) {
    throw new PodwireError(
      `replay ${file} to ${formatDuration(toUs)}`,
      `the cluster was served from ${formatDuration(start.bootUs)} on`,
      'Name a later time.',
    )
  }
  const composition = composeCluster(start.options)
  await bootCluster(composition, start.manifests, start.bootUs)
  const driver = new SteppedDriver(composition.engine, onTaskError)
  const cluster = new Cluster(composition, driver)
  onBoot?.(cluster)
  const parts = await hostSide(cluster, driver)
  const run = new RecordedRun({ cluster, ...parts })
  let untold: Entry | undefined
  let inputs = 0
  for (const entry of entries) {
    if (entry.at >= toUs) break
    await driver.moveTo(entry.at)
    const { input } = entry
    if (input?.do === 'untold') untold ??= entry
    if (untold === undefined && cluster.traceHash !== entry.hash) throw otherRun(file, entry, cluster)
    if (input === undefined) continue
    inputs++
    onInput?.(entry)
    // What was refused then is refused again.
    await driver.take(() => run.take(input)).catch(() => undefined)
  }
  if (toUs !== Infinity) await driver.moveTo(toUs)
  return { composition, cluster, inputs, untold, release: () => run.release() }
}

/** What hands inputs in, with nobody there. */
async function hostSide(
  cluster: Cluster,
  driver: SteppedDriver,
): Promise<Omit<ConstructorParameters<typeof RecordedRun>[0], 'cluster'>> {
  const { composition } = cluster
  const { engine, server, version, nodeConnection, informers } = composition
  const { createDoor } = await loadHttpDoor()
  const door = createDoor({
    engine,
    driver,
    handler: server.requestHandler,
    resources: () => server.registry.all(),
    kubernetesVersion: version.text,
    token: 'nobody asks with it',
    nodes: () => nodeConnection,
  })
  return {
    extensions: controlRoutes(cluster, () => Promise.resolve('')),
    request: (request) => door.giveAgain(request),
    openDoors: (block) =>
      new ServiceDoors({
        engine,
        driver,
        client: server.client,
        informers,
        from: cluster.external.network,
        block,
        onWarning: () => undefined,
        opens: false,
        onEvent: () => undefined,
      }),
  }
}

function otherRun(file: string, { line, at, hash, input }: Entry, cluster: Cluster): OtherRun {
  const before = input === undefined ? 'a mark' : inputText(input)
  return new OtherRun(
    `replay ${file}`,
    `in line ${line}, at ${formatDuration(at)} before ${before}, the trace hash was ${hash} and is ${cluster.traceHash} now`,
    'Was it recorded by another version of podwire? Use that one; --to replays up to an earlier time.',
  )
}
