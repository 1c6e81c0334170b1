// A recording that is being made: what of a served cluster's host side goes through the recorder, ready to be put in place.

import type { HttpServerOptions, KubeObject, NodeConnection } from '@podwire/apiserver'
import { InvariantError, type PacedDriver } from '@podwire/engine'
import { EXEC_ROUTE } from '../cli/exec.ts'
import { FAULT_ROUTE } from '../cli/fault.ts'
import { TRACE_ROUTE } from '../cli/trace.ts'
import type { RecordedDoors } from '../doors/host-doors.ts'
import { ServiceDoors } from '../doors/service-doors.ts'
import type { Cluster } from '../sdk/cluster.ts'
import { recordedNetwork } from './recorded-network.ts'
import { recordedNodes } from './recorded-nodes.ts'
import { RecordedRun, type Extensions } from './recorded-run.ts'
import { Recorder } from './recorder.ts'
import type { RecordingWriter } from './recording-file.ts'

export interface LiveRecording {
  readonly extensions: Extensions
  readonly inTurn: NonNullable<HttpServerOptions['inTurn']>
  readonly nodes: NodeConnection
  readonly doors: RecordedDoors
  nginx(text: string, file: string): Promise<void>
  /** When time has stopped. */
  close(): void
}

/** Routes that do something in the cluster. */
const ACTIONS: readonly string[] = [EXEC_ROUTE, FAULT_ROUTE, TRACE_ROUTE]

export function startRecording(
  cluster: Cluster,
  driver: PacedDriver,
  writer: RecordingWriter,
  routes: Extensions,
): LiveRecording {
  const run = new RecordedRun({
    cluster,
    extensions: routes,
    // These are done by those who have something to answer to.
    request: () => undefined,
    openDoors: () => {
      throw new InvariantError('Invariant broken: a live cluster opens its doors by itself')
    },
  })
  const recorder = new Recorder(cluster, driver, writer, run)
  recorder.markOften()
  return {
    extensions: new Map(
      [...routes].map(([route, handle]) => [
        route,
        ACTIONS.includes(route)
          ? async (body: unknown) => recorder.perform({ do: 'control', route, body }, () => handle(body))
          : handle,
      ]),
    ),
    inTurn: (request, work) => recorder.perform({ do: 'request', request }, work),
    nodes: recordedNodes(cluster.composition.nodeConnection, recorder),
    doors: {
      network: (network) => recordedNetwork(network, recorder),
      open: async (block, options) => openDoors(recorder, block, options),
    },
    nginx: async (text, file) => void (await recorder.give({ do: 'nginx', text, file })),
    close: () => recorder.close(),
  }
}

async function openDoors(
  recorder: Recorder,
  block: number,
  options: ConstructorParameters<typeof ServiceDoors>[0],
): Promise<ServiceDoors> {
  const doors = await recorder.perform(
    { do: 'doors', block },
    () =>
      new ServiceDoors({
        ...options,
        onEvent: ({ apiVersion, kind, metadata: { name, namespace, uid, resourceVersion } }, type, reason, message) => {
          const place = namespace === undefined ? {} : { namespace }
          // An event has no more of its object than this.
          const owner = { apiVersion, kind, metadata: { name, uid, resourceVersion, ...place } } as KubeObject
          recorder
            .perform({ do: 'event', owner, type, reason, message }, () => doors.event(owner, type, reason, message))
            .catch(() => undefined)
        },
      }),
  )
  return doors
}
