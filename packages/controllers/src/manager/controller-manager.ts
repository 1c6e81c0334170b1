// kube-controller-manager: starts the controllers over one shared informer factory. The array is the list of what there is.

import { type Client, createEventRecorder, createInformerFactory, type ResourceType } from '@podwire/apiserver'
import type { Engine } from '@podwire/engine'
import { ChosenControllers, SCHEDULER } from './controller-names.ts'
import { CONTROLLERS } from './controllers.ts'
import type { ControllerContext, RunningController } from './controller.ts'
import { managerWatchLatency } from './latency.ts'
import { DEFAULT_SETTINGS, type ManagerSettings } from './settings.ts'
import { SERVED_TYPES } from './served-types.ts'

export interface ControllerManagerOptions extends Partial<ManagerSettings> {
  readonly engine: Engine
  readonly client: Client
  /**
   * Names as in `--controllers`, long or short; `*` is all of them, `-NAME` takes one away. Default `['*']`.
   * The scheduler's name is passed over: it is another program.
   */
  readonly controllers?: readonly string[]
  /** Every served type, for garbage collection and namespace deletion. Default: the built-in kinds. */
  readonly types?: readonly ResourceType[]
}

const CONTROLLER_NAMES: readonly string[] = CONTROLLERS.map((controller) => controller.name)

/** Does this list say that the scheduler runs? @throws PodwireError for a name that is none */
export function runsScheduler(controllers: readonly string[]): boolean {
  return runsController(controllers, SCHEDULER)
}

/** @param name as in `--controllers`, whole: `garbage-collector-controller` */
export function runsController(controllers: readonly string[], name: string): boolean {
  return new ChosenControllers(controllers, CONTROLLER_NAMES).has(name)
}

export function startControllerManager(options: ControllerManagerOptions): RunningController {
  const { engine, client } = options
  const latency = managerWatchLatency
  const informers = createInformerFactory({ engine, client, name: 'kube-controller-manager', latency })
  const context: ControllerContext = {
    engine,
    client,
    informers,
    random: engine.random.fork('kube-controller-manager'),
    types: options.types ?? SERVED_TYPES,
    settings: { ...DEFAULT_SETTINGS, ...given(options) },
    recorder: (component) => createEventRecorder({ engine, client, component }),
  }
  const chosen = new ChosenControllers(options.controllers ?? ['*'], CONTROLLER_NAMES)
  const running = CONTROLLERS.filter(({ name }) => chosen.has(name)).map((controller) => controller.start(context))
  return {
    stop: () => {
      for (const controller of running) controller.stop()
      informers.stop()
    },
  }
}

function given(options: ControllerManagerOptions): Partial<ManagerSettings> {
  return {
    ...(options.rootCaCertificate === undefined ? {} : { rootCaCertificate: options.rootCaCertificate }),
    ...(options.apiServer === undefined ? {} : { apiServer: options.apiServer }),
    ...(options.nodeHeartbeatUs === undefined ? {} : { nodeHeartbeatUs: options.nodeHeartbeatUs }),
    ...(options.podRanges === undefined ? {} : { podRanges: options.podRanges }),
  }
}
