// An ingress-nginx controller: its routes are nginx's, changes are taken in at most every 3.3 s (its sync rate limit), and nginx
// reloads when nginx.conf reads differently.
// Source: ingress-nginx internal/ingress/controller/{nginx,controller}.go, internal/ingress/controller/store.

import {
  objectKey,
  secrets,
  type Client,
  type EventRecorder,
  type Ingress,
  type InformerFactory,
  type KubeObject,
  type Secret,
} from '@podwire/apiserver'
import { SECOND, type Engine, type Microseconds, type Random } from '@podwire/engine'
import type { HttpRequest, Peer } from '../http/message.ts'
import { authoritiesOf, type VerifyClient } from '../nginx/client-certificate.ts'
import type { Frontend } from '../nginx/index.ts'
import { isSelected, viewIngress, type Backend, type BackendEndpoint, type IngressClasses } from '../routing/index.ts'
import { CertificateTable, type ControllerLog, type KeyPair, SecretStore } from '../tls/index.ts'
import { ControllerProcess, type ControllerCore, type ControllerWarning } from './controller-process.ts'
import type { Handled } from './handled.ts'
import { RequestDirector } from './request-director.ts'
import { RoutingState } from './routing-state.ts'
import type { StatusSource } from './status-source.ts'

export interface IngressControllerOptions {
  readonly engine: Engine
  readonly client: Client
  /** spec.controller of its IngressClasses: `k8s.io/ingress-nginx`. */
  readonly controllerName: string
  /** The legacy annotation's value, and usually its IngressClass's name: `nginx`. */
  readonly ingressClass: string
  readonly random: Random
  /** Names the process in traces and tasks: the pod. Default `ingress-nginx-controller`. */
  readonly name?: string
  /** Shares a view with others; default: informers of its own. */
  readonly informers?: InformerFactory
  /** What the Ingresses' status shows; default nothing. */
  readonly status?: StatusSource
  /** `--default-backend-service`, `namespace/name`: its first port is meant. */
  readonly defaultBackend?: string
  /** `--default-ssl-certificate`: a Secret, `namespace/name`. */
  readonly defaultSslCertificate?: string
  /** `--enable-ssl-passthrough` */
  readonly sslPassthrough?: boolean
  /** Looks at the certificates clients show (auth-tls-secret); default: none is good. */
  readonly verifyClient?: VerifyClient
  /** Default: nothing is logged. */
  readonly log?: ControllerLog
  readonly watchWithoutClass?: boolean
  /** `--ingress-class-by-name`: the class called `ingressClass` is ours whoever its controller is. */
  readonly classByName?: boolean
  readonly watchNamespace?: string
  /** `--disable-catch-all`: a default backend without rules has no effect. */
  readonly disableCatchAll?: boolean
  /** Its pod, for RELOAD events. */
  readonly pod?: KubeObject
  /** Only one of several replicas writes statuses. Default: this one does. */
  readonly isLeader?: () => boolean
  /** Default 3.333 s: `--sync-rate-limit` 0.3 a second. */
  readonly syncIntervalUs?: Microseconds
  /** Default 60 s. */
  readonly statusIntervalUs?: Microseconds
  /** An Event for each Ingress taken in; default true. */
  readonly syncEvents?: boolean
  /** nginx's workers are replaced: its configuration is another now. */
  readonly onReload?: () => void
}

export interface IngressController {
  /** What becomes of a request. @param frontend how the client came in; default http on port 80 */
  handle(request: HttpRequest, peer: Peer, frontend?: Frontend): Handled
  /** What a client is shown that asks for this name ('' for none); undefined: the controller's fake certificate. */
  certificateFor(serverName: string): KeyPair | undefined
  /** Whether clients that ask for this name are asked for a certificate. */
  asksForCertificate(serverName: string): boolean
  /** Where TLS connections that ask for this name go on to as they are: a Service's address; undefined: they end here. */
  passthroughFor(serverName: string): BackendEndpoint | undefined
  /** /etc/nginx/nginx.conf as it is now. */
  nginxConf(): string
  /** How often nginx was given a new configuration. */
  readonly reloads: number
  /** @param options.removeStatus the last replica takes its addresses out of the Ingresses when it goes */
  stop(options?: { readonly removeStatus?: boolean }): void
}

const SYNC_INTERVAL_US = 3_333_333
const STATUS_INTERVAL_US = 60 * SECOND
const HTTP: Frontend = { scheme: 'http', port: 80 }

export function createIngressController(options: IngressControllerOptions): IngressController {
  const { engine, client } = options
  const log = options.log ?? ((): void => {})
  const findSecret = (namespace: string, name: string): Secret | undefined =>
    process.informers.informer(secrets).get(namespace, name)
  const certificates = new CertificateTable({
    secrets: new SecretStore(findSecret, log),
    defaultSecret: options.defaultSslCertificate,
    nowMs: () => engine.clock.wallTimeMs(),
    log,
  })
  const state = new RoutingState(fallbackOf(options), certificates)
  const process = new ControllerProcess(
    {
      engine,
      client,
      name: options.name ?? 'ingress-nginx-controller',
      component: 'nginx-ingress-controller',
      informers: options.informers,
      watchNamespace: options.watchNamespace,
      syncIntervalUs: options.syncIntervalUs ?? SYNC_INTERVAL_US,
      statusIntervalUs: options.statusIntervalUs ?? STATUS_INTERVAL_US,
      status: options.status ?? { kind: 'none' },
      isLeader: options.isLeader,
      onReload: options.onReload,
    },
    new NginxCore(state, options),
  )
  const verifyClient = options.verifyClient ?? ((): string => 'application verification failure')
  const director = new RequestDirector(state, engine.clock, options.random, findSecret, verifyClient)
  process.start()
  return {
    handle: (request, peer, frontend = HTTP) => director.handle(request, peer, frontend),
    certificateFor: (serverName) => certificates.forName(serverName),
    asksForCertificate: (serverName) => {
      const { secret = '', verify } = state.table.server(serverName.toLowerCase())?.clientCertificates ?? {}
      const [namespace = '', name = ''] = secret.split('/')
      const found = secret === '' || verify === 'off' ? undefined : findSecret(namespace, name)
      return found !== undefined && authoritiesOf(found) !== undefined
    },
    passthroughFor: (serverName) => (options.sslPassthrough === true ? state.passthroughFor(serverName) : undefined),
    nginxConf: () => state.nginxConf(),
    get reloads() {
      return process.reloads
    },
    stop: (how) => process.stop(how),
  }
}

class NginxCore implements ControllerCore {
  readonly #state: RoutingState
  readonly #options: IngressControllerOptions

  constructor(state: RoutingState, options: IngressControllerOptions) {
    this.#state = state
    this.#options = options
  }

  isOurs(ingress: Ingress, classes: IngressClasses): boolean {
    return isSelected(ingress, classes, this.#options)
  }

  seen(ingress: Ingress, recorder: EventRecorder): void {
    if (this.#options.syncEvents !== false) recorder.event(ingress, 'Normal', 'Sync', 'Scheduled for sync')
  }

  reloaded(recorder: EventRecorder): void {
    const { pod } = this.#options
    if (pod === undefined) return
    recorder.event(pod, 'Normal', 'RELOAD', 'NGINX reload triggered due to a change in configuration')
  }

  put(ingress: Ingress): readonly ControllerWarning[] {
    const view = viewIngress(ingress)
    if (view.catchAll && this.#options.disableCatchAll === true) {
      this.#state.removeIngress(view.key)
      return [
        { reason: 'CatchAllDisabled', message: 'its default backend has no effect: --disable-catch-all is set' },
        ...view.warnings,
      ]
    }
    this.#state.putIngress(view)
    if (!view.rules.sslPassthrough || this.#options.sslPassthrough === true) return view.warnings
    const message = 'ssl-passthrough has no effect: the controller runs without --enable-ssl-passthrough'
    return [{ reason: 'PassthroughDisabled', message }, ...view.warnings]
  }

  secretChanged(secret: Secret, isGone: boolean): boolean {
    return this.#state.certificates.secretChanged(objectKey(secret), isGone)
  }

  remove(key: string): void {
    this.#state.removeIngress(key)
  }

  putService(...[service]: Parameters<ControllerCore['putService']>): void {
    this.#state.putService(service)
  }

  removeService(...[service]: Parameters<ControllerCore['removeService']>): void {
    this.#state.removeService(service)
  }

  putSlice(...[slice]: Parameters<ControllerCore['putSlice']>): void {
    this.#state.putSlice(slice)
  }

  removeSlice(...[slice]: Parameters<ControllerCore['removeSlice']>): void {
    this.#state.removeSlice(slice)
  }

  sync(): ReturnType<ControllerCore['sync']> {
    return this.#state.sync()
  }
}

function fallbackOf({ defaultBackend }: IngressControllerOptions): Backend | undefined {
  if (defaultBackend === undefined) return undefined
  const [namespace = '', service = ''] = defaultBackend.split('/')
  // No port: the Service's first.
  return { name: 'upstream-default-backend', namespace, service, port: '' }
}
