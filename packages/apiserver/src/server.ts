// Puts the API server together: store, registry, allocators, and the two doors (in-process client, request handler for HTTP).

import { createRequestHandler } from './pipeline/create-request-handler.ts'
import { EventExpiry } from './pipeline/event-expiry.ts'
import { createFirstObjects } from './pipeline/first-objects.ts'
import { followServiceCidrs } from './pipeline/further-service-cidrs.ts'
import type { Engine } from '@podwire/engine'
import { CustomKinds } from './custom-resources/index.ts'
import { startDefinitionControllers } from './definition-controllers/index.ts'
import { applyManifest, deleteManifest, type ApplyResult, type Manifest } from './client/apply.ts'
import { InProcessClient } from './client/in-process-client.ts'
import type { Client } from './client/client.ts'
import type { AuthorizationMode } from './http/authorization.ts'
import type { RequestHandler } from './http/request-handler.ts'
import { serverStateOf, type ServerState } from './pipeline/server-state.ts'
import { objectChanged } from './object-changed.ts'
import { alwaysAllow, installBootstrapPolicy, rbacAuthorizer, storedPolicy } from './rbac/index.ts'
import { createIpAllocator } from './resources/core/ip-allocator.ts'
import { createPortAllocator } from './resources/core/port-allocator.ts'
import type { ServiceAllocators } from './resources/resource.ts'
import { createRegistry, type Registry } from './resources/registry.ts'
import { Store, type StoreSnapshot } from './store/store.ts'

export interface ApiServerOptions {
  readonly engine: Engine
  /** Major and minor decide which behaviours and names old clusters had. Default 1.36. */
  readonly kubernetesVersion?: { readonly major: number; readonly minor: number }
  /** `--service-cluster-ip-range`: a range, or one of each family, primary first (`10.96.0.0/16,fd00:10:96::/112`). Default 10.96.0.0/12. */
  readonly serviceCidr?: string
  /** `--service-node-port-range`; default 30000-32767. */
  readonly nodePortRange?: string
  /**
   * `RBAC`: by the roles and bindings that are stored, among them those every cluster starts with. `AlwaysAllow`: whoever is
   * authenticated may do everything. Default RBAC.
   */
  readonly authorization?: AuthorizationMode
  /** How many writes watches can look back on; default 20,000. */
  readonly historyCapacity?: number
}

export interface ApiServer {
  /** The in-process door. */
  readonly client: Client
  /** Another one, whose changes are recorded under this name in managedFields (of objects that have them). */
  clientNamed(name: string): Client
  /** What the HTTP door calls. */
  readonly requestHandler: RequestHandler
  readonly registry: Registry
  readonly store: Store
  /** Which cluster IPs and node ports are taken: to look at. */
  readonly allocators: ServiceAllocators
  /** What `kubectl apply -f` does with one object. @throws StatusError */
  apply(manifest: Manifest): ApplyResult
  /** What `kubectl delete -f --ignore-not-found` does with one object. */
  delete(manifest: Manifest): void
  /** The roles and bindings every cluster starts with, those in namespaces where the namespace is there. A door does it, too. */
  storeBootstrapRoles(): void
  snapshot(): StoreSnapshot
  /** Reads what a snapshot holds. */
  reader(snapshot: StoreSnapshot): Pick<Client, 'find' | 'get' | 'list'>
}

export const DEFAULT_KUBERNETES_VERSION = { major: 1, minor: 36 } as const
export const DEFAULT_SERVICE_CIDR = '10.96.0.0/12'
export const DEFAULT_NODE_PORT_RANGE = '30000-32767'

export function createApiServer(options: ApiServerOptions): ApiServer {
  const { engine, historyCapacity } = options
  const kubernetesVersion = options.kubernetesVersion ?? DEFAULT_KUBERNETES_VERSION
  const registry = createRegistry(kubernetesVersion.minor)
  const customKinds = new CustomKinds(registry)
  const expiry = new EventExpiry(engine, () => store)
  const serviceRanges = followServiceCidrs(() => state)
  const store: Store = new Store({
    ...(historyCapacity === undefined ? {} : { historyCapacity }),
    now: () => engine.clock.now(),
    onWrite: (event) => {
      customKinds.written(event)
      expiry.note(event)
      serviceRanges(event)
      engine.bus.publish(objectChanged, event)
    },
  })
  const state: ServerState = serverStateOf({
    engine,
    store,
    registry,
    allocators: {
      clusterIps: createIpAllocator(options.serviceCidr ?? DEFAULT_SERVICE_CIDR),
      nodePorts: createPortAllocator(options.nodePortRange ?? DEFAULT_NODE_PORT_RANGE),
    },
    random: engine.random.fork('apiserver'),
    authorizer: options.authorization === 'AlwaysAllow' ? alwaysAllow : rbacAuthorizer(storedPolicy(store)),
    kubernetesVersion,
  })
  createFirstObjects(state)
  startDefinitionControllers(state)
  store.forgetHistory()
  const client = new InProcessClient(state)
  return {
    client,
    clientNamed: (name) => new InProcessClient(state, name),
    apply: (manifest) => applyManifest(client, state.registry, manifest),
    delete: (manifest) => deleteManifest(client, state.registry, manifest),
    requestHandler: createRequestHandler(state),
    storeBootstrapRoles: () => installBootstrapPolicy(state),
    registry: state.registry,
    store,
    allocators: state.allocators,
    snapshot: () => store.snapshot(),
    reader: (snapshot) => readerOf(state, snapshot),
  }
}

function readerOf(state: ServerState, snapshot: StoreSnapshot): Client {
  const past = new Store({ historyCapacity: 0 })
  past.restore(snapshot)
  return new InProcessClient(serverStateOf({ ...state, store: past }))
}
