// What every step of the pipeline works on: the store, the registry, the allocators and the engine's clock and chance.

import type { Engine, Random } from '@podwire/engine'
import type { Authorizer } from '../http/authorization.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import type { Registry } from '../resources/registry.ts'
import { apiVersionOf, type ResourceType } from '../resources/resource-type.ts'
import type { Resource, ServiceAllocators, StrategyContext } from '../resources/resource.ts'
import type { Store } from '../store/store.ts'

export interface ServerState {
  readonly engine: Engine
  readonly store: Store
  readonly registry: Registry
  readonly allocators: ServiceAllocators
  /** Names and uids. */
  readonly random: Random
  /** Who may do what: asked where a write needs more rights than the door has checked. */
  readonly authorizer: Authorizer
  readonly kubernetesVersion: { readonly major: number; readonly minor: number }
  /** For what the cluster's own components write: nobody is warned, nothing is tried, and they speak the stored version. */
  readonly ownContext: StrategyContext
}

type ServerParts = Omit<ServerState, 'ownContext'>

export function serverStateOf(parts: ServerParts): ServerState {
  const { engine, store, registry, allocators, random, authorizer, kubernetesVersion } = parts
  const ownContext = makeContext(parts, {})
  return { engine, store, registry, allocators, random, authorizer, kubernetesVersion, ownContext }
}

interface Request {
  readonly warn?: ((text: string) => void) | undefined
  readonly dryRun?: boolean | undefined
  readonly spoken?: Resource | undefined
}

/** The server as a strategy sees it during one request. */
export function strategyContext(server: ServerState, request: Request = {}): StrategyContext {
  if (request.warn !== undefined || request.dryRun === true || request.spoken !== undefined)
    return makeContext(server, request)
  return server.ownContext
}

const ignoreWarning = (): void => {}

function makeContext(server: ServerParts, { warn = ignoreWarning, dryRun = false, spoken }: Request): StrategyContext {
  return {
    clock: server.engine.clock,
    random: server.random,
    kubernetesVersion: server.kubernetesVersion,
    allocators: server.allocators,
    dryRun,
    spoken: spoken === undefined ? undefined : apiVersionOf(spoken.type),
    find: <Found extends KubeObject>(type: ResourceType<Found>, namespace: string | undefined, name: string) =>
      server.store.get(type, namespace, name),
    warn,
  }
}
