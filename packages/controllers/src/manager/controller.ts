// What a controller is handed and what it gives back. A controller is a thin shell: it turns informer changes into queue
// keys, asks its pure `reconcile` what to write, writes it with the client and tells the event recorder.

import type { Client, EventRecorder, InformerFactory, ResourceType } from '@podwire/apiserver'
import type { Engine, Random } from '@podwire/engine'
import type { ManagerSettings } from './settings.ts'

export interface ControllerContext {
  readonly engine: Engine
  readonly client: Client
  /** Shared by all controllers of one manager: same view, one delivery. */
  readonly informers: InformerFactory
  /** The manager's stream; a controller forks its own from it by name. */
  readonly random: Random
  /** Every served type, for the controllers that look at all of them (namespace, garbage collector). */
  readonly types: readonly ResourceType[]
  readonly settings: ManagerSettings
  /** @param component the event source, e.g. `replicaset-controller` */
  recorder(component: string): EventRecorder
}

export interface RunningController {
  stop(): void
}

export interface ControllerDefinition {
  /** kube-controller-manager's name of it, as in `--controllers`. */
  readonly name: string
  start(context: ControllerContext): RunningController
}
