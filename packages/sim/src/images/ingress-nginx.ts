// registry.k8s.io/ingress-nginx/controller: the controller of @podwire/ingress in its pod. It binds port 80, sends requests on
// to endpoints through its own sockets, answers /healthz on 10254 and shows /etc/nginx/nginx.conf as it is now. Port 443 stays
// closed: TLS is not simulated yet. Upstream connections are not kept open.

import { type Client } from '@podwire/apiserver'
import { SECOND } from '@podwire/engine'
import { createIngressController, type Handled, type IngressController } from '@podwire/ingress'
import { SocketError } from '../fabric/network.ts'
import { HttpError, sendHttp, serveHttp } from '../http/index.ts'
import type { HttpRequest, HttpResponse } from '../http/message.ts'
import { flagValue } from './flags.ts'
import type { ContainerContext, Image, RunningProgram } from './image.ts'
import { goResponse, pathOf } from './responses.ts'

export interface IngressNginxImageOptions {
  readonly client: Client
  /** InternalIPs of the nodes the controller's pods run on, for the Ingresses' status without --publish-service. */
  readonly nodeAddresses?: () => readonly string[]
}

const CONNECT_TIMEOUT = 5 * SECOND
const READ_TIMEOUT = 60 * SECOND
/** --post-shutdown-grace-period */
const POST_SHUTDOWN = 10 * SECOND
const HEALTH_PORT = 10254

export function ingressNginxImage(options: IngressNginxImageOptions): Image {
  return {
    name: 'ingress-nginx/controller',
    aliases: ['nginx-ingress-controller', 'ingress-nginx-controller'],
    entrypoint: ['/usr/bin/dumb-init', '--'],
    defaultArguments: ['/nginx-ingress-controller'],
    programNames: new Set(['nginx-ingress-controller']),
    ports: [80],
    libc: 'musl',
    start: (context) => startIngressNginx(context, options),
  }
}

function startIngressNginx(context: ContainerContext, options: IngressNginxImageOptions): RunningProgram {
  const { network, command } = context
  const { engine } = network
  const publishService = flagValue(command, 'publish-service')?.replace(
    '$(POD_NAMESPACE)',
    context.pod.metadata.namespace ?? '',
  )
  const controller = createIngressController({
    engine,
    client: options.client,
    random: context.random,
    name: network.name,
    controllerName: flagValue(command, 'controller-class') ?? 'k8s.io/ingress-nginx',
    ingressClass: flagValue(command, 'ingress-class') ?? 'nginx',
    pod: context.pod,
    ...(publishService === undefined ? {} : { publishService }),
    ...(options.nodeAddresses === undefined ? {} : { nodeAddresses: options.nodeAddresses }),
    watchWithoutClass: command.includes('--watch-ingress-without-class=true'),
  })
  const web = serveHttp(network, 80, (request, peer) => {
    const handled = controller.handle(request, peer)
    return handled.kind === 'respond' ? handled.response : proxy(context, controller, handled)
  })
  serveHttp(network, HEALTH_PORT, ({ target }) => {
    const healthy = pathOf(target) === '/healthz'
    return goResponse(engine.clock, healthy ? 200 : 404, healthy ? 'ok' : '404 page not found\n')
  })
  let stopped = false
  const stop = (): void => {
    if (!stopped) controller.stop()
    stopped = true
  }
  return {
    signal: (signal) => {
      if (signal !== 'SIGTERM' && signal !== 'SIGINT') return
      web.close()
      stop()
      engine.schedule(POST_SHUTDOWN, 'ingress-nginx shutdown', () => context.exit(0))
    },
    stop,
    files: new Map([['/etc/nginx/nginx.conf', () => controller.nginxConf()]]),
  }
}

/** Asks the chosen endpoint, and the others in turn when it cannot be reached. */
async function proxy(
  context: ContainerContext,
  controller: IngressController,
  handled: Extract<Handled, { kind: 'proxy' }>,
): Promise<HttpResponse> {
  let timedOut = false
  for (const endpoint of [handled.endpoint, ...handled.candidates]) {
    try {
      const { port } = endpoint
      const address = await resolved(context, endpoint.address)
      if (address === undefined) continue
      return controller.finish(await sendTo(context, address, port, handled.request))
    } catch (error) {
      if (!(error instanceof SocketError) && !(error instanceof HttpError)) throw error
      timedOut = error instanceof SocketError && error.code === 'ETIMEDOUT'
      // A request that may have been worked on is sent again only when that does no harm.
      if (error instanceof HttpError && !IDEMPOTENT.has(handled.request.method)) break
    }
  }
  return controller.gatewayError(timedOut ? 'timeout' : 'unreachable')
}

/** ExternalName Services have a name where others have an address. */
async function resolved(context: ContainerContext, address: string): Promise<string | undefined> {
  if (/^[0-9.]+$/.test(address) || address.includes(':')) return address
  const found = await context.resolver.lookup(address)
  return 'addresses' in found ? found.addresses[0] : undefined
}

const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'])

function sendTo(context: ContainerContext, address: string, port: number, request: HttpRequest): Promise<HttpResponse> {
  return sendHttp(context.network, {
    address,
    port,
    method: request.method,
    target: request.target,
    version: request.version,
    headers: request.headers,
    body: request.body,
    connectTimeoutUs: CONNECT_TIMEOUT,
    timeoutUs: READ_TIMEOUT,
  })
}
