// haproxytech/kubernetes-ingress: the controller of @podwire/ingress in its pod: http on 8080, https on 8443, healthz on 1042, and the map
// files haproxy routes by. While there is no certificate at all 8443 speaks no TLS; clients without TLS are let go there without a
// word. Source: haproxytech/kubernetes-ingress pkg/utils/flags.go, pkg/handler/https.go, deploy/haproxy-ingress.yaml.

import type { Client } from '@podwire/apiserver'
import { SECOND } from '@podwire/engine'
import { createHaproxyController, type Frontend, type HaproxyController, type HaproxyMap } from '@podwire/ingress'
import { type Listener, SocketError } from '../fabric/network.ts'
import { serveHttp } from '../http/index.ts'
import type { CarryingHandler } from '../http/message.ts'
import { flagValue, truthOf, unknownFlags } from './flags.ts'
import type { ServerTls } from '../tls/index.ts'
import type { ContainerContext, Image, RunningProgram } from './image.ts'
import { IngressCarrier } from './ingress-carrier.ts'
import { pathOf, textResponse } from './responses.ts'
import { HAPROXY_UPSTREAM } from './upstream-rules.ts'

const EVALUATED = ['ingress.class', 'empty-ingress-class', 'publish-service', 'default-backend-service'].concat([
  'http-bind-port',
  'https-bind-port',
  'default-ssl-certificate',
  'disable-https',
  'healthz-bind-port',
  'sync-period',
  'disable-ingress-status-update',
])
const HARMLESS = ['log', 'stats-bind-port', 'disable-ipv6', 'ipv4-bind-address', 'ipv6-bind-address'].concat(
  ['prometheus', 'pprof', 'localpeer-port', 'controller-port', 'cache-resync-period', 'initial-sync-period'],
  ['with-s6-overlay', 'with-pebble', 'disable-quic', 'default-backend-port', 'channel-size', 'configmap'],
)
const REFUSED = ['configmap-tcp-services', 'configmap-errorfiles', 'configmap-patternfiles'].concat(
  ['namespace-whitelist', 'namespace-blacklist', 'disable-config-snippets', 'disable-http', 'external'],
  ['disable-service-external-name', 'gateway-controller-name', 'experimental', 'quic-bind-port', 'quic-announce-port'],
)
const MAPS: readonly HaproxyMap[] = ['host', 'path-exact', 'path-prefix-exact', 'path-prefix']

export function haproxyIngressImage({ client }: { readonly client: Client }): Image {
  return {
    name: 'haproxytech/kubernetes-ingress',
    aliases: ['haproxy-kubernetes-ingress'],
    entrypoint: ['/start.sh'],
    programNames: new Set(['start.sh', 'haproxy-ingress-controller']),
    ports: [8080],
    libc: 'musl',
    start: (context) => startHaproxyIngress(context, client),
  }
}

function startHaproxyIngress(context: ContainerContext, client: Client): RunningProgram {
  const argv = context.command.filter(
    (word, index, all) => word.startsWith('-') || all[index - 1]?.startsWith('-') === true,
  )
  const flags = argv.filter((word) => word.startsWith('-'))
  const [unknown] = unknownFlags(flags, [...EVALUATED, ...HARMLESS, ...REFUSED])
  if (unknown !== undefined) return fatal(context, `unknown flag \`${unknown}'`)
  for (const name of REFUSED) {
    if (flagValue(argv, name) !== undefined) context.stderr(`podwire: --${name} is not simulated and has no effect\n`)
  }
  const flag = (name: string): string => flagValue(argv, name) ?? ''
  const publishService = truthOf(argv, 'disable-ingress-status-update') === true ? '' : flag('publish-service')
  const carrier = new IngressCarrier(context, HAPROXY_UPSTREAM)
  const controller = createHaproxyController({
    engine: context.network.engine,
    client,
    name: context.network.name,
    ingressClass: flag('ingress.class'),
    emptyClass: truthOf(argv, 'empty-ingress-class') ?? false,
    ...(publishService === '' ? {} : { publishService }),
    ...(flag('default-backend-service') === '' ? {} : { defaultBackend: flag('default-backend-service') }),
    ...(flag('default-ssl-certificate') === '' ? {} : { defaultCertificate: flag('default-ssl-certificate') }),
    logWarning: (message) => context.stderr(`${logTime(context)} WARNING ${message}\n`),
    syncIntervalUs: secondsOf(flag('sync-period')) * SECOND,
    onReload: () => carrier.reload(),
  })
  return serve(context, controller, carrier, argv)
}

function serve(
  context: ContainerContext,
  controller: HaproxyController,
  carrier: IngressCarrier,
  argv: readonly string[],
): RunningProgram {
  const { network } = context
  const port = Number(flagValue(argv, 'http-bind-port') ?? 8080)
  const securePort = Number(flagValue(argv, 'https-bind-port') ?? 8443)
  const web: Listener[] = []
  const handlerOf =
    (frontend: Frontend): CarryingHandler =>
    (request, peer) =>
      carrier.carry(controller.handle(request, peer, frontend), peer)
  // haproxy tells clients that begin with HTTP/2 by their preface.
  const manners = { streams: true, http2: true }
  try {
    web.push(serveHttp(network, port, handlerOf({ scheme: 'http', port }), manners))
    if (truthOf(argv, 'disable-https') !== true) {
      const tls = tlsOf(controller)
      web.push(serveHttp(network, securePort, handlerOf({ scheme: 'https', port: securePort }), { ...manners, tls }))
    }
    serveHttp(network, Number(flagValue(argv, 'healthz-bind-port') ?? 1042), ({ target }) => {
      const healthy = pathOf(target) === '/healthz'
      const body = healthy ? '<html><body><h1>200 OK</h1>\nService ready.\n</body></html>\n' : ''
      return textResponse(healthy ? 200 : 404, body, [['content-length', String(body.length)]])
    })
  } catch (error) {
    controller.stop()
    if (!(error instanceof SocketError)) throw error
    return fatal(
      context,
      `[ALERT] (1) : Starting frontend http: cannot bind socket (Address already in use) [0.0.0.0:${port}]`,
    )
  }
  return {
    signal: (signal) => {
      if (signal !== 'SIGTERM' && signal !== 'SIGINT') return
      for (const listener of web) listener.close()
      context.exit(0)
    },
    stop: () => {
      controller.stop()
      carrier.stop()
    },
    files: new Map(MAPS.map((name) => [`/etc/haproxy/maps/${name}.map`, () => controller.map(name)])),
  }
}

function tlsOf(controller: HaproxyController): ServerTls {
  return {
    credentials: (serverName) => controller.certificateFor(serverName),
    protocols: ['h2', 'http/1.1'],
    plainAnswer: () => new Uint8Array(),
  }
}

/** `2026/01/01 00:00:00` */
function logTime({ engine }: ContainerContext): string {
  return new Date(engine.clock.wallTimeMs()).toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ')
}

function fatal(context: ContainerContext, problem: string): RunningProgram {
  context.stderr(`${problem}\n`)
  context.exit(1)
  return { signal: () => undefined }
}

/** `5s`, `1m30s`; the default where there is none. */
function secondsOf(text: string): number {
  let seconds = 0
  for (const [, number = '', unit = ''] of text.matchAll(/(\d+)([smh])/g)) {
    seconds += Number(number) * (unit === 's' ? 1 : unit === 'm' ? 60 : 3600)
  }
  return seconds === 0 ? 5 : seconds
}
