// traefik as an ingress controller: the kubernetesIngress provider of v2 and v3, the kubernetes provider of v1.7. It takes changes in
// at once, then at most every 2 s (providersThrottleDuration). It writes no events of its own: what podwire does not simulate is told
// with one. Source: traefik pkg/provider/kubernetes/ingress/kubernetes.go; v1.7 provider/kubernetes/kubernetes.go.

import {
  secrets,
  type Client,
  type EndpointSlice,
  type Ingress,
  type InformerFactory,
  type Secret,
  type Service,
} from '@podwire/apiserver'
import { SECOND, type Engine, type Random } from '@podwire/engine'
import {
  ControllerProcess,
  type ControllerCore,
  type ControllerWarning,
  type SyncResult,
} from '../controller/controller-process.ts'
import type { Handled } from '../controller/handled.ts'
import type { StatusSource } from '../controller/status-source.ts'
import type { HttpRequest, Peer } from '../http/message.ts'
import { EndpointIndex, legacyClass, type IngressClasses } from '../routing/index.ts'
import { type KeyPair, SniCertificates } from '../tls/index.ts'
import { readServiceAnnotations } from './annotations.ts'
import { ingressRouters, type IngressRouters } from './kubernetes-ingress.ts'
import { ingressFrontends, mergeFrontends, readServiceLabels } from './kubernetes-ingress-v1.ts'
import { TraefikDirector, type EntryPoint } from './request-director.ts'
import { RouterTable } from './router-table.ts'
import type { TraefikRelease, TraefikRouter } from './router.ts'
import { ServerPools } from './server-pools.ts'
import { serverUrl, ServerTurns } from './servers.ts'

export interface TraefikControllerOptions {
  readonly engine: Engine
  readonly client: Client
  readonly random: Random
  /** Names the process in traces and tasks: the pod. */
  readonly name: string
  /** X-Forwarded-Server: the pod's host name. */
  readonly hostname: string
  readonly release: TraefikRelease
  readonly status: StatusSource
  readonly informers?: InformerFactory
  /** `--providers.kubernetesingress.ingressclass`: an IngressClass's name, or the annotation's value. */
  readonly ingressClass?: string
  readonly strictPrefix?: boolean
  readonly allowEmptyServices?: boolean
  readonly allowExternalNameServices?: boolean
  readonly watchNamespace?: string
  /** A line of its log, without time and level; default: nothing is logged. */
  readonly logError?: (message: string) => void
}

export interface TraefikController {
  handle(request: HttpRequest, peer: Peer, entryPoint: EntryPoint): Handled
  /** What a client is shown that asks for this name ('' for none); undefined: traefik's default certificate. */
  certificateFor(serverName: string): KeyPair | undefined
  /** As its API lists them, by name. */
  routers(): readonly { readonly router: TraefikRouter; readonly servers: readonly string[] }[]
  readonly reloads: number
  stop(): void
}

const CONTROLLER = 'traefik.io/ingress-controller'
const THROTTLE = 2 * SECOND

export function createTraefikController(options: TraefikControllerOptions): TraefikController {
  const { engine, client, release } = options
  const isV1 = release.major === 1
  const state = new TraefikCore(options, (namespace, name) => process.informers.informer(secrets).get(namespace, name))
  const process = new ControllerProcess(
    {
      engine,
      client,
      name: options.name,
      component: 'traefik',
      informers: options.informers,
      watchNamespace: options.watchNamespace,
      syncIntervalUs: THROTTLE,
      statusIntervalUs: THROTTLE,
      status: options.status,
    },
    state,
  )
  const director = new TraefikDirector({
    clock: engine.clock,
    table: state.table,
    pools: state.pools,
    turns: new ServerTurns(options.random.fork('servers')),
    sanitize: !isV1,
    needsServers: !isV1 && options.allowEmptyServices !== true,
    serviceName: ({ name, backends }) => (isV1 ? name : `${backends[0]?.name ?? ''}@kubernetes`),
    emptyText: isV1 ? 'Service Unavailable' : undefined,
    hostname: options.hostname,
  })
  process.start()
  return {
    handle: (request, peer, entryPoint) => director.handle(request, peer, entryPoint),
    certificateFor: (serverName) => state.certificates.forName(serverName),
    routers: () =>
      state.table.routers().map((router) => ({
        router,
        servers: (state.pools.servers(router) ?? []).map((server) => serverUrl(server)),
      })),
    get reloads() {
      return process.reloads
    },
    stop: () => process.stop(),
  }
}

class TraefikCore implements ControllerCore {
  readonly table: RouterTable
  readonly pools: ServerPools
  readonly certificates: SniCertificates
  readonly #options: TraefikControllerOptions
  readonly #index = new EndpointIndex({ condition: 'serving', byTargetPort: false })
  /** Services that routers name, by how many Ingresses. */
  readonly #used = new Map<string, number>()
  readonly #usedBy = new Map<string, readonly string[]>()
  readonly #touched = new Set<string>()
  #waiting: (() => void)[] = []

  constructor(options: TraefikControllerOptions, find: (namespace: string, name: string) => Secret | undefined) {
    const isV1 = options.release.major === 1
    this.#options = options
    this.certificates = new SniCertificates({
      find,
      complain: (secret, problem, ingress) => options.logError?.(tlsProblem(secret, problem, ingress)),
    })
    this.table = new RouterTable(isV1 ? mergeFrontends : undefined)
    this.pools = new ServerPools(this.#index, {
      readAnnotations: isV1 ? readServiceLabels : readServiceAnnotations,
      allowExternalName: isV1 || options.allowExternalNameServices === true,
      needsPort: !isV1,
    })
  }

  /** A class by name; without one the annotation, which may say `traefik` or nothing. v1.7 knows no IngressClasses. */
  isOurs(ingress: Ingress, classes: IngressClasses): boolean {
    const { release, ingressClass = '' } = this.#options
    const legacy = legacyClass(ingress) ?? ''
    const byAnnotation = legacy === ingressClass || (ingressClass === '' && legacy === 'traefik')
    const name = ingress.spec.ingressClassName
    if (release.major === 1 || name === undefined) return byAnnotation
    if (ingressClass !== '' && name !== ingressClass) return false
    return classes.get(name)?.spec?.controller === CONTROLLER
  }

  put(ingress: Ingress): readonly ControllerWarning[] {
    const { release, strictPrefix = false } = this.#options
    const view = release.major === 1 ? ingressFrontends(ingress) : ingressRouters(ingress, { release, strictPrefix })
    this.#waiting.push(() => {
      this.certificates.put(ingress)
      this.table.put(view)
      this.#use(view)
    })
    return view.warnings
  }

  remove(key: string): void {
    this.#waiting.push(() => {
      this.certificates.remove(key)
      this.table.remove(key)
      this.#forget(key)
    })
  }

  putService(service: Service): readonly ControllerWarning[] {
    this.#later(service.metadata.namespace, service.metadata.name, () => this.#index.putService(service))
    const isV1 = this.#options.release.major === 1
    return (isV1 ? readServiceLabels(service) : readServiceAnnotations(service)).warnings
  }

  removeService(service: Service): void {
    this.#later(service.metadata.namespace, service.metadata.name, () => this.#index.removeService(service))
  }

  putSlice(slice: EndpointSlice): void {
    this.#later(slice.metadata.namespace, serviceOf(slice), () => this.#index.putSlice(slice))
  }

  removeSlice(slice: EndpointSlice): void {
    this.#later(slice.metadata.namespace, serviceOf(slice), () => this.#index.removeSlice(slice))
  }

  secretChanged(secret: Secret): boolean {
    return this.certificates.secretChanged(secret)
  }

  sync(): SyncResult {
    for (const apply of this.#waiting) apply()
    this.#waiting = []
    const hosts = this.table.commit()
    const certified = this.certificates.commit()
    const changed = certified || hosts.length > 0 || [...this.#touched].some((service) => this.#used.has(service))
    this.#touched.clear()
    return { hosts, changed }
  }

  #later(namespace = '', name: string, apply: () => void): void {
    this.#touched.add(`${namespace}/${name}`)
    this.#waiting.push(apply)
  }

  #use({ key, routers, fallback }: IngressRouters): void {
    this.#forget(key)
    const backends = [...routers, ...(fallback === undefined ? [] : [fallback])].flatMap((router) => router.backends)
    const names = [...new Set(backends.map(({ namespace, service }) => `${namespace}/${service}`))]
    this.#usedBy.set(key, names)
    for (const name of names) this.#used.set(name, (this.#used.get(name) ?? 0) + 1)
  }

  #forget(key: string): void {
    for (const name of this.#usedBy.get(key) ?? []) {
      const left = (this.#used.get(name) ?? 0) - 1
      if (left > 0) this.#used.set(name, left)
      else this.#used.delete(name)
    }
    this.#usedBy.delete(key)
  }
}

/** In the fields of zerolog, as v3 writes them. */
function tlsProblem(secret: string, problem: 'missing' | 'incomplete' | 'broken', ingress: string): string {
  const [namespace = '', name = ''] = ingress.split('/')
  const what =
    problem === 'missing'
      ? `secret ${secret} does not exist`
      : problem === 'incomplete'
        ? `secret ${secret} is missing the following TLS data entries: tls.crt, tls.key`
        : `unable to generate TLS certificate from secret ${secret}`
  return `Error configuring TLS error=${JSON.stringify(what)} ingress=${name} namespace=${namespace} providerName=kubernetes`
}

function serviceOf({ metadata }: EndpointSlice): string {
  return metadata.labels?.['kubernetes.io/service-name'] ?? ''
}
