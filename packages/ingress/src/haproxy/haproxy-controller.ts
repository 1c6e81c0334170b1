// haproxytech's kubernetes-ingress: maps from Ingresses, taken in every 5 s (--sync-period). It writes no events of its own: what
// podwire does not simulate is told with one. Source: haproxytech/kubernetes-ingress pkg/controller, pkg/ingress, pkg/store/store.go
// (IsIngressClassSupported), pkg/k8s/informers.go (getServiceAddresses).

import {
  secrets,
  type Client,
  type EndpointSlice,
  type Ingress,
  type InformerFactory,
  type Secret,
  type Service,
} from '@podwire/apiserver'
import { SECOND, type Engine, type Microseconds } from '@podwire/engine'
import {
  ControllerProcess,
  type ControllerCore,
  type ControllerWarning,
  type SyncResult,
} from '../controller/controller-process.ts'
import type { Handled } from '../controller/handled.ts'
import type { HttpRequest, Peer } from '../http/message.ts'
import type { Frontend } from '../nginx/index.ts'
import { EndpointIndex, legacyClass, type IngressClasses } from '../routing/index.ts'
import { type KeyPair, SniCertificates } from '../tls/index.ts'
import { readServiceAnnotations } from './annotations.ts'
import { HaproxyDirector } from './request-director.ts'
import { ingressEntries, RouteMaps, type MapEntry } from './route-maps.ts'

export interface HaproxyControllerOptions {
  readonly engine: Engine
  readonly client: Client
  /** Names the process in traces and tasks: the pod. */
  readonly name: string
  readonly informers?: InformerFactory
  /** `--ingress.class`: the last part of its IngressClasses' spec.controller. */
  readonly ingressClass?: string
  /** `--empty-ingress-class`: with a class of its own also Ingresses without any. */
  readonly emptyClass?: boolean
  /** `--publish-service`, `namespace/name` */
  readonly publishService?: string
  /** `--default-backend-service`, `namespace/name`: its first port. */
  readonly defaultBackend?: string
  /** `--default-ssl-certificate`: a Secret, `namespace/name`. */
  readonly defaultCertificate?: string
  /** A line of its log, without time and level; default: nothing is logged. */
  readonly logWarning?: (message: string) => void
  readonly syncIntervalUs?: Microseconds
  /** haproxy's process is replaced: its configuration is another now. */
  readonly onReload?: () => void
}

export type HaproxyMap = 'host' | 'path-exact' | 'path-prefix-exact' | 'path-prefix'

export interface HaproxyController {
  handle(request: HttpRequest, peer: Peer, frontend: Frontend): Handled
  /** What a client is shown that asks for this name ('' for none); undefined: there is no certificate at all. */
  certificateFor(serverName: string): KeyPair | undefined
  /** The text of a map file. */
  map(name: HaproxyMap): string
  readonly reloads: number
  stop(): void
}

const CONTROLLER = 'haproxy.org/ingress-controller'
const DEFAULT_CLASS = 'ingressclass.kubernetes.io/is-default-class'

export function createHaproxyController(options: HaproxyControllerOptions): HaproxyController {
  const { engine, client, publishService } = options
  const syncIntervalUs = options.syncIntervalUs ?? 5 * SECOND
  const core = new HaproxyCore(options, (namespace, name) => process.informers.informer(secrets).get(namespace, name))
  const process = new ControllerProcess(
    {
      engine,
      client,
      name: options.name,
      component: 'haproxy-kubernetes-ingress',
      informers: options.informers,
      onReload: options.onReload,
      syncIntervalUs,
      statusIntervalUs: syncIntervalUs,
      status:
        publishService === undefined
          ? { kind: 'none' }
          : { kind: 'service', service: publishService, read: publishedAddresses },
    },
    core,
  )
  const director = new HaproxyDirector(engine.clock, core.maps, core.endpoints)
  process.start()
  return {
    handle: (request, peer, frontend) => director.handle(request, peer, frontend),
    certificateFor: (serverName) => {
      const { certificates } = core
      // Of the files in its folder haproxy shows the first to clients of other names; the given one is called `0_…`.
      return certificates.forName(serverName) ?? certificates.given ?? certificates.pairs[0]
    },
    map: (name) => core.maps.lines(name, (entry) => core.backendName(entry)),
    get reloads() {
      return process.reloads
    },
    stop: () => process.stop(),
  }
}

class HaproxyCore implements ControllerCore {
  readonly maps = new RouteMaps()
  readonly endpoints = new EndpointIndex({ byTargetPort: false })
  readonly certificates: SniCertificates
  readonly #options: HaproxyControllerOptions
  #waiting: (() => void)[] = []
  #touched = false

  constructor(options: HaproxyControllerOptions, find: (namespace: string, name: string) => Secret | undefined) {
    this.#options = options
    this.certificates = new SniCertificates({
      find,
      defaultSecret: options.defaultCertificate,
      complain: (secret, problem, ingress) =>
        options.logWarning?.(`ingress '${ingress}': ${PROBLEMS[problem](secret)}`),
    })
    if (options.defaultBackend === undefined) return
    const [namespace = '', service = ''] = options.defaultBackend.split('/')
    const { entries, ...view } = ingressEntries({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: '', namespace, uid: '', resourceVersion: '', creationTimestamp: '' },
      spec: { defaultBackend: { service: { name: service } } },
    })
    // The oldest of all: any Ingress's default backend counts before it.
    const fallback = view.fallback && { ...view.fallback, backend: { ...view.fallback.backend, port: '' } }
    this.maps.put({ ...view, entries, fallback })
  }

  /** The annotation counts before the field; both name an IngressClass. */
  isOurs(ingress: Ingress, classes: IngressClasses): boolean {
    const { ingressClass = '', emptyClass = false } = this.#options
    const name = legacyClass(ingress) ?? ingress.spec.ingressClassName ?? ''
    const named = name === '' ? defaultClass(classes) : classes.get(name)
    const controller = named?.spec?.controller ?? ''
    if (ingressClass === '') return (name === '' && controller === '') || controller === CONTROLLER
    return (name === '' && emptyClass) || controller === `${CONTROLLER}/${ingressClass}`
  }

  put(ingress: Ingress): readonly ControllerWarning[] {
    const view = ingressEntries(ingress)
    this.#waiting.push(() => {
      this.maps.put(view)
      this.certificates.put(ingress)
    })
    return view.warnings
  }

  remove(key: string): void {
    this.#waiting.push(() => {
      this.maps.remove(key)
      this.certificates.remove(key)
    })
  }

  putService(service: Service): readonly ControllerWarning[] {
    this.#later(() => this.endpoints.putService(service))
    return readServiceAnnotations(service.metadata.annotations ?? {})
  }

  removeService(service: Service): void {
    this.#later(() => this.endpoints.removeService(service))
  }

  /** Servers change over the runtime socket: no reload. */
  putSlice(slice: EndpointSlice): void {
    this.#waiting.push(() => this.endpoints.putSlice(slice))
  }

  removeSlice(slice: EndpointSlice): void {
    this.#waiting.push(() => this.endpoints.removeSlice(slice))
  }

  secretChanged(secret: Secret): boolean {
    return this.certificates.secretChanged(secret)
  }

  sync(): SyncResult {
    for (const apply of this.#waiting) apply()
    this.#waiting = []
    const hosts = this.maps.commit()
    const changed = this.certificates.commit() || hosts.length > 0 || this.#touched
    this.#touched = false
    return { hosts, changed }
  }

  /** `default_svc_web_http` */
  backendName({ backend }: MapEntry): string {
    const port = this.endpoints.servicePort(backend)
    const name = port?.name === undefined || port.name === '' ? (port?.port ?? backend.port) : port.name
    return `${backend.namespace}_svc_${backend.service}_${name}`
  }

  #later(apply: () => void): void {
    this.#touched = true
    this.#waiting.push(apply)
  }
}

const PROBLEMS: Readonly<Record<'missing' | 'incomplete' | 'broken', (secret: string) => string>> = {
  missing: (secret) => `secret '${secret}' does not exist`,
  incomplete: (secret) => `secret '${secret}': no private key or certificate`,
  broken: (secret) => `secret '${secret}': certificate and key cannot be used`,
}

function defaultClass(classes: IngressClasses): ReturnType<IngressClasses['get']> {
  return [...classes.values()].find(({ metadata }) => metadata.annotations?.[DEFAULT_CLASS] === 'true')
}

function publishedAddresses(
  service: Service | undefined,
): readonly { readonly ip?: string; readonly hostname?: string }[] {
  if (service === undefined) return []
  const { type, clusterIP = '', externalIPs = [], externalName = '' } = service.spec
  if (type === 'ExternalName') return [{ hostname: externalName }]
  const external = externalIPs.map((ip) => ({ ip }))
  if (type === 'LoadBalancer') {
    const given = (service.status?.loadBalancer?.ingress ?? []).map(({ ip = '', hostname = '' }) =>
      ip === '' ? { hostname } : { ip },
    )
    return [...given, ...external]
  }
  return clusterIP === '' || clusterIP === 'None' ? external : [{ ip: clusterIP }, ...external]
}
