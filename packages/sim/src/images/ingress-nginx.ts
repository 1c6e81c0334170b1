// registry.k8s.io/ingress-nginx/controller: the controller of @podwire/ingress in its pod, with its command line. It binds
// --http-port and --https-port, sends requests on to endpoints through its own sockets, answers /healthz on 10254 and shows
// /etc/nginx/nginx.conf as it is now. Source: ingress-nginx pkg/flags/flags.go.

import { configMaps, pods, type Client } from '@podwire/apiserver'
import { SECOND } from '@podwire/engine'
import { createIngressController, type IngressController, type StatusSource } from '@podwire/ingress'
import { serveHttp } from '../http/index.ts'
import { certificatesIn, verifyText, verifyTrust } from '../tls/index.ts'
import { flagValue, truthOf, unknownFlags } from './flags.ts'
import type { ContainerContext, Image, RunningProgram } from './image.ts'
import { klogLine } from './agnhost/go-text.ts'
import { IngressCarrier } from './ingress-carrier.ts'
import { serveWeb } from './ingress-nginx-web.ts'
import { goResponse, pathOf } from './responses.ts'
import { NGINX_UPSTREAM } from './upstream-rules.ts'

export interface IngressNginxImageOptions {
  readonly client: Client
}

/** Flags that mean something here. */
const EVALUATED = [
  'controller-class',
  'ingress-class',
  'ingress-class-by-name',
  'watch-ingress-without-class',
  'watch-namespace',
  'default-backend-service',
  'publish-service',
  'publish-status-address',
  'report-node-internal-ip-address',
  'update-status',
  'update-status-on-shutdown',
  'status-update-interval',
  'disable-catch-all',
  'disable-sync-events',
  'http-port',
  'https-port',
  'default-ssl-certificate',
  'enable-ssl-passthrough',
  'healthz-port',
  'post-shutdown-grace-period',
  'shutdown-grace-period',
]
/** Flags whose effect no request, object or file of the simulation shows. */
const HARMLESS = [
  'election-id',
  'election-ttl',
  'disable-leader-election',
  'v',
  'logtostderr',
  'health-check-path',
].concat(
  ['health-check-timeout', 'enable-annotation-validation', 'profiling', 'enable-metrics', 'sync-period'],
  ['default-server-port', 'status-port', 'stream-port', 'deep-inspect', 'metrics-per-host', 'internal-logger-address'],
)
/** The real one's, not simulated: said on standard error. */
const REFUSED = ['configmap', 'tcp-services-configmap', 'udp-services-configmap', 'watch-namespace-selector'].concat(
  ['disable-svc-external-name', 'annotations-prefix', 'kubeconfig'],
  [
    'validating-webhook',
    'validating-webhook-certificate',
    'validating-webhook-key',
    'apiserver-host',
    'maxmind-edition-ids',
  ],
  ['enable-topology-aware-routing', 'enable-ssl-chain-completion', 'certificate-authority', 'healthz-host', 'version'],
)
/** deploy.yaml has them: a ConfigMap that says nothing (tellIgnoredSettings), certificates for a webhook nobody calls. */
const IN_EVERY_MANIFEST: ReadonlySet<string> = new Set([
  'configmap',
  'validating-webhook',
  'validating-webhook-certificate',
  'validating-webhook-key',
])

export function ingressNginxImage(options: IngressNginxImageOptions): Image {
  return {
    name: 'ingress-nginx/controller',
    aliases: [
      'nginx-ingress-controller',
      'ingress-nginx-controller',
      'kubernetes-ingress-controller/nginx-ingress-controller',
    ],
    entrypoint: ['/usr/bin/dumb-init', '--'],
    defaultArguments: ['/nginx-ingress-controller'],
    programNames: new Set(['nginx-ingress-controller']),
    ports: [80, 443],
    libc: 'musl',
    start: (context) => startIngressNginx(context, options),
  }
}

function startIngressNginx(context: ContainerContext, { client }: IngressNginxImageOptions): RunningProgram {
  const { command } = context
  const argv = command.slice(command.findIndex((word) => word.endsWith('nginx-ingress-controller')) + 1)
  const flag = (name: string): string => flagValue(argv, name) ?? ''
  const [unknown] = unknownFlags(argv, [...EVALUATED, ...HARMLESS, ...REFUSED])
  if (unknown !== undefined) return fatal(context, `unknown flag: --${unknown}`, 2)
  for (const name of REFUSED) {
    if (flagValue(argv, name) === undefined || IN_EVERY_MANIFEST.has(name)) continue
    context.stderr(`podwire: --${name} is not simulated and has no effect\n`)
  }
  for (const name of ['default-backend-service', 'publish-service', 'default-ssl-certificate']) {
    if (flag(name) === '' || flag(name).split('/').length === 2) continue
    return fatal(context, `invalid format (namespace/name) found in '${flag(name)}'`, 255)
  }
  tellIgnoredSettings(context, client, flag('configmap'))
  return serve(context, client, argv)
}

function fatal(context: ContainerContext, problem: string, code: number): RunningProgram {
  context.stderr(`${problem}\n`)
  context.exit(code)
  return { signal: () => undefined }
}

function createController(
  context: ContainerContext,
  client: Client,
  argv: readonly string[],
  status: StatusSource,
  carrier: IngressCarrier,
): IngressController {
  const flag = (name: string): string => flagValue(argv, name) ?? ''
  const isSet = (name: string): boolean => truthOf(argv, name) ?? false
  return createIngressController({
    engine: context.network.engine,
    client,
    random: context.random,
    name: context.network.name,
    controllerName: flagValue(argv, 'controller-class') ?? 'k8s.io/ingress-nginx',
    ingressClass: flagValue(argv, 'ingress-class') ?? 'nginx',
    classByName: isSet('ingress-class-by-name'),
    pod: context.pod,
    status,
    watchWithoutClass: isSet('watch-ingress-without-class'),
    sslPassthrough: isSet('enable-ssl-passthrough'),
    verifyClient: (chain, authorities, depth) => {
      const nowMs = context.engine.clock.wallTimeMs()
      const trust = { authorities: certificatesIn(authorities), nowMs }
      const problem = verifyTrust(certificatesIn(chain), trust, depth)
      return problem === undefined ? undefined : verifyText(problem)
    },
    disableCatchAll: isSet('disable-catch-all'),
    syncEvents: !isSet('disable-sync-events'),
    ...(flag('watch-namespace') === '' ? {} : { watchNamespace: flag('watch-namespace') }),
    ...(flag('default-ssl-certificate') === '' ? {} : { defaultSslCertificate: flag('default-ssl-certificate') }),
    log: (severity, place, message) => context.stderr(klogLine(context.engine.clock, place, message, severity)),
    ...(flag('default-backend-service') === '' ? {} : { defaultBackend: flag('default-backend-service') }),
    onReload: () => carrier.reload(),
    statusIntervalUs: Number(flagValue(argv, 'status-update-interval') ?? 60) * SECOND,
  })
}

function serve(context: ContainerContext, client: Client, argv: readonly string[]): RunningProgram {
  const { network } = context
  const { engine } = network
  const numberOf = (name: string, otherwise: number): number => Number(flagValue(argv, name) ?? otherwise)
  const status = statusOf(context, argv)
  const carrier = new IngressCarrier(context, NGINX_UPSTREAM)
  const controller = createController(context, client, argv, status, carrier)
  let stopped = false
  const stop = (options: { readonly removeStatus?: boolean } = {}): void => {
    if (!stopped) controller.stop(options)
    stopped = true
  }
  const ports = { http: numberOf('http-port', 80), https: numberOf('https-port', 443) }
  const web = serveWeb(context, controller, carrier, ports)
  if ('taken' in web) {
    stop()
    const { taken } = web
    return fatal(context, `Port ${ports[taken]} is already in use. Please check the flag --${taken}-port`, 255)
  }
  serveHttp(network, numberOf('healthz-port', 10254), ({ target }) => {
    const healthy = pathOf(target) === '/healthz'
    return goResponse(engine.clock, healthy ? 200 : 404, healthy ? 'ok' : '404 page not found\n')
  })
  return {
    signal: (signal) => {
      if (signal !== 'SIGTERM' && signal !== 'SIGINT') return
      const isLast = truthOf(argv, 'update-status-on-shutdown') !== false && !hasOthers(context, client)
      stop({ removeStatus: isLast && status.kind !== 'none' })
      engine.schedule(numberOf('shutdown-grace-period', 0) * SECOND, 'ingress-nginx drain', () => {
        web.close()
        const postUs = numberOf('post-shutdown-grace-period', 10) * SECOND
        engine.schedule(postUs, 'ingress-nginx shutdown', () => context.exit(0))
      })
    },
    stop: () => {
      stop()
      carrier.stop()
    },
    files: new Map([['/etc/nginx/nginx.conf', () => controller.nginxConf()]]),
  }
}

/** The ConfigMap's settings are not simulated, which is said of each. */
function tellIgnoredSettings(context: ContainerContext, client: Client, reference: string): void {
  const [namespace, name = ''] = reference.split('/')
  if (name === '') return
  for (const key of Object.keys(client.find(configMaps, { namespace, name })?.data ?? {})) {
    context.stderr(`podwire: ${key} of ConfigMap ${reference} is not simulated and has no effect\n`)
  }
}

/** Fixed addresses, then the published Service, else the nodes of its own pods. */
function statusOf({ pod }: ContainerContext, argv: readonly string[]): StatusSource {
  if (truthOf(argv, 'update-status') === false) return { kind: 'none' }
  const fixed = flagValue(argv, 'publish-status-address') ?? ''
  if (fixed !== '') return { kind: 'addresses', addresses: () => fixed.split(/,\s*/) }
  const service = flagValue(argv, 'publish-service') ?? ''
  if (service !== '') return { kind: 'service', service }
  return { kind: 'pods', pod, internal: truthOf(argv, 'report-node-internal-ip-address') ?? false }
}

const OF_ONE_REVISION: ReadonlySet<string> = new Set([
  'pod-template-hash',
  'controller-revision-hash',
  'pod-template-generation',
])

/** Another pod of the same labels will look after the statuses. */
function hasOthers({ pod }: ContainerContext, client: Client): boolean {
  const labels = Object.entries(pod.metadata.labels ?? {}).filter(([key]) => !OF_ONE_REVISION.has(key))
  const labelSelector = labels.map(([key, value]) => `${key}=${value}`).join(',')
  const { items } = client.list(pods, {
    namespace: pod.metadata.namespace,
    ...(labelSelector === '' ? {} : { labelSelector }),
  })
  return items.length > 1
}
