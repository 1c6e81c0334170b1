// kube-controller-manager: starts the controllers over one shared informer factory. The array is the list of what there is.

import { type Client, createEventRecorder, createInformerFactory, type ResourceType } from '@podwire/apiserver'
import { type Engine, PodwireError } from '@podwire/engine'
import { CONTROLLERS } from './controllers.ts'
import type { ControllerContext, ControllerDefinition, RunningController } from './controller.ts'
import { DEFAULT_SETTINGS, type ManagerSettings } from './settings.ts'
import { SERVED_TYPES } from './served-types.ts'

export interface ControllerManagerOptions extends Partial<ManagerSettings> {
  readonly engine: Engine
  readonly client: Client
  /** Names as in `--controllers`; `*` is all of them, `-NAME` takes one away. Default `['*']`. */
  readonly controllers?: readonly string[]
  /** Every served type, for garbage collection and namespace deletion. Default: the built-in kinds. */
  readonly types?: readonly ResourceType[]
}

/** The names `--controllers` takes. */
export const CONTROLLER_NAMES: readonly string[] = CONTROLLERS.map((controller) => controller.name)

export function startControllerManager(options: ControllerManagerOptions): RunningController {
  const { engine, client } = options
  const informers = createInformerFactory({ engine, client, name: 'kube-controller-manager' })
  const context: ControllerContext = {
    engine,
    client,
    informers,
    random: engine.random.fork('kube-controller-manager'),
    types: options.types ?? SERVED_TYPES,
    settings: { ...DEFAULT_SETTINGS, ...given(options) },
    recorder: (component) => createEventRecorder({ engine, client, component }),
  }
  const running = chosen(options.controllers ?? ['*']).map((controller) => controller.start(context))
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
  }
}

/** Reads the list as kube-controller-manager does; an unknown name is a mistake, not a silence. */
function chosen(names: readonly string[]): readonly ControllerDefinition[] {
  for (const name of names) {
    const plain = name.replace(/^-/, '')
    if (plain === '*' || CONTROLLER_NAMES.includes(plain)) continue
    throw new PodwireError(
      'start the controllers',
      `there is no controller ${JSON.stringify(plain)}`,
      `Known are ${CONTROLLER_NAMES.join(', ')}.`,
    )
  }
  return CONTROLLERS.filter(({ name }) => {
    if (names.includes(`-${name}`)) return false
    return names.includes('*') || names.includes(name)
  })
}
