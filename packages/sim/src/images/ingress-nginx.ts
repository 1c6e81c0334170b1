// registry.k8s.io/ingress-nginx/controller: the controller of @podwire/ingress in its pod. It binds port 80, sends requests on
// to endpoints through its own sockets, answers /healthz on 10254 and shows /etc/nginx/nginx.conf as it is now. Port 443 stays
// closed: TLS is not simulated yet. Upstream connections are not kept open.

import { type Client } from '@podwire/apiserver'
import { SECOND } from '@podwire/engine'
import {
  type Authenticating,
  createIngressController,
  type Handled,
  type Passed,
  type SubRequest,
} from '@podwire/ingress'
import { SocketError } from '../fabric/network.ts'
import { HttpError, sendHttp, serveHttp } from '../http/index.ts'
import type { HttpResponse } from '../http/message.ts'
import { flagValue } from './flags.ts'
import type { ContainerContext, Image, RunningProgram } from './image.ts'
import { goResponse, pathOf } from './responses.ts'

export interface IngressNginxImageOptions {
  readonly client: Client
  /** InternalIPs of the nodes the controller's pods run on, for the Ingresses' status without --publish-service. */
  readonly nodeAddresses?: () => readonly string[]
}

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
    return handled.kind === 'respond' ? handled.response : carry(context, handled)
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

/** Carries a request from step to step until there is an answer. */
async function carry(context: ContainerContext, first: Handled): Promise<HttpResponse> {
  let handled = first
  while (handled.kind !== 'respond') {
    handled = handled.kind === 'proxy' ? await passOn(context, handled) : await authenticate(context, handled)
  }
  return handled.response
}

/** Asks the chosen endpoint, and the others in turn as far as the rules have it. */
async function passOn(context: ContainerContext, passed: Passed): Promise<Handled> {
  const { engine } = context
  if (passed.mirror !== undefined) void mirror(context, passed.mirror)
  const startUs = engine.clock.now()
  let failure: 'error' | 'timeout' = 'error'
  const attempts = [...passed.endpoints.entries()]
  for (const [index, endpoint] of attempts) {
    const isLast = index === attempts.length - 1 || isOver(passed, engine.clock.now() - startUs)
    const address = await resolved(context, endpoint.address)
    if (address === undefined) continue
    const askedUs = engine.clock.now()
    try {
      const reply = await sendTo(context, address, endpoint.port, passed)
      if (!isLast && passed.triesNext(reply.status, true)) continue
      return passed.answered(reply, endpoint, engine.clock.now() - askedUs)
    } catch (error) {
      if (!(error instanceof SocketError) && !(error instanceof HttpError)) throw error
      failure = error instanceof SocketError && error.code === 'ETIMEDOUT' ? 'timeout' : 'error'
      if (isLast || !passed.triesNext(failure, wasSent(error))) return passed.failed(failure)
    }
  }
  return passed.failed(failure)
}

const isOver = ({ triesTimeoutUs }: Passed, tookUs: number): boolean => triesTimeoutUs > 0 && tookUs >= triesTimeoutUs

/** The endpoint may have begun to work on it: the connection stood. */
function wasSent(error: SocketError | HttpError): boolean {
  return error instanceof HttpError || (error.flow?.outcome === 'delivered' && error.code !== 'ECONNREFUSED')
}

async function authenticate(context: ContainerContext, asked: Authenticating): Promise<Handled> {
  try {
    return asked.answered(await sendElsewhere(context, asked.ask, asked.readTimeoutUs))
  } catch (error) {
    if (!(error instanceof SocketError) && !(error instanceof HttpError)) throw error
    return asked.answered(undefined)
  }
}

/** Nobody waits for a copy's answer. */
async function mirror(context: ContainerContext, copy: SubRequest): Promise<void> {
  try {
    await sendElsewhere(context, copy, READ_TIMEOUT)
  } catch (error) {
    if (!(error instanceof SocketError) && !(error instanceof HttpError)) throw error
  } finally {
    context.engine.touchAsync()
  }
}

/** @returns undefined when the name leads nowhere */
async function sendElsewhere(
  context: ContainerContext,
  { url, request }: SubRequest,
  timeoutUs: number,
): Promise<HttpResponse | undefined> {
  const { protocol, hostname, port } = new URL(url)
  const address = await resolved(context, hostname)
  if (address === undefined) return undefined
  const isHttps = protocol === 'https:'
  return sendHttp(context.network, {
    ...request,
    address,
    port: port === '' ? (isHttps ? 443 : 80) : Number(port),
    timeoutUs,
    ...(isHttps ? { tls: { serverName: hostname } } : {}),
  })
}

/** ExternalName Services, and other servers, have a name where others have an address. */
async function resolved(context: ContainerContext, address: string): Promise<string | undefined> {
  if (/^[0-9.]+$/.test(address) || address.includes(':')) return address
  const found = await context.resolver.lookup(address)
  return 'addresses' in found ? found.addresses[0] : undefined
}

function sendTo(context: ContainerContext, address: string, port: number, passed: Passed): Promise<HttpResponse> {
  const { request, https, connectTimeoutUs, readTimeoutUs } = passed
  return sendHttp(context.network, {
    address,
    port,
    method: request.method,
    target: request.target,
    version: request.version,
    headers: request.headers,
    body: request.body,
    connectTimeoutUs,
    timeoutUs: readTimeoutUs,
    ...(https ? { tls: { serverName: '' } } : {}),
  })
}
