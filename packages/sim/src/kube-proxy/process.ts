// One kube-proxy process, in its pod: it reads its configuration when it starts, serves /healthz and the health-check node ports, and in
// userspace mode carries connections itself. What it writes to the node's kernel is @podwire/proxy's business.
// Source: kubernetes cmd/kube-proxy/app/server.go, pkg/proxy/healthcheck/{proxy_health,service_health}.go.

import { PodwireError } from '@podwire/engine'
import type { HealthAnswer, HealthCheckPort, KubeProxy, KubeProxyOptions, NodeProcess } from '@podwire/proxy'
import { SocketError, type Listener } from '../fabric/network.ts'
import { hostPort } from '../http/go-transport.ts'
import { serveHttp } from '../http/index.ts'
import type { HttpHandler, HttpResponse } from '../http/message.ts'
import { flagValue } from '../images/flags.ts'
import type { ContainerContext, RunningProgram } from '../images/image.ts'
import { takesSignals } from '../images/program.ts'
import { goResponse, httpDate } from '../images/responses.ts'
import { readKubeProxyConfiguration } from './configuration.ts'
import { CONFIG_PATH } from './manifests.ts'
import { UserspaceProxy } from './userspace-proxy.ts'

const HEALTHZ_PORT = 10_256
const METRICS_PORT = 10_249

/** @param base what no configuration says: of the cluster, and of the kernel */
export function startKubeProxyProcess(
  context: ContainerContext,
  proxy: KubeProxy,
  base: KubeProxyOptions,
): RunningProgram {
  const process = new KubeProxyProcess(context, proxy)
  try {
    process.start(base)
  } catch (error) {
    if (!(error instanceof PodwireError)) throw error
    context.stderr(`E "command failed" err="${error.message.replaceAll('"', '\\"')}"\n`)
    context.exit(1)
    return { signal: () => undefined }
  }
  const program = takesSignals(context, { SIGTERM: 0, SIGINT: 0 })
  return { signal: (signal) => program.signal(signal), stop: () => process.stop() }
}

class KubeProxyProcess implements NodeProcess {
  readonly #context: ContainerContext
  readonly #proxy: KubeProxy
  readonly #node: string
  /** By port and family. */
  readonly #healthChecks = new Map<string, readonly Listener[]>()
  #userspace: UserspaceProxy | undefined

  constructor(context: ContainerContext, proxy: KubeProxy) {
    this.#context = context
    this.#proxy = proxy
    this.#node = context.pod.spec.nodeName ?? ''
  }

  /** @throws PodwireError for a configuration it cannot run with */
  start(base: KubeProxyOptions): void {
    const options = { ...base, ...this.#configuration() }
    this.#proxy.startOn(this.#node, options, this)
    const { mode, userspace, udpTimeoutUs } = this.#proxy.optionsOf(this.#node)
    this.#context.stdout(`I "Using ${mode} Proxier"\n`)
    if (mode === 'userspace') {
      this.#userspace = new UserspaceProxy(this.#context, userspace.bindAddress, udpTimeoutUs)
    }
    this.#serve(HEALTHZ_PORT, undefined, ({ target }) => this.#health(target))
    this.#serve(METRICS_PORT, '127.0.0.1', ({ target }) => this.#about(target))
    this.update(false)
  }

  stop(): void {
    this.#proxy.stopOn(this.#node)
  }

  update(settled: boolean): void {
    this.#userspace?.update(this.#proxy.proxiedPorts(this.#node), settled)
    this.#serveHealthChecks()
  }

  #configuration(): KubeProxyOptions {
    const path = flagValue(this.#context.command, 'config') ?? CONFIG_PATH
    const content = this.#context.files.read(path)
    return content === undefined ? {} : readKubeProxyConfiguration(Buffer.from(content).toString('utf8'))
  }

  #serveHealthChecks(): void {
    const wanted = new Map(
      this.#proxy.healthCheckPorts(this.#node).map((port) => [`${port.port} ${port.family}`, port]),
    )
    for (const [key, listeners] of this.#healthChecks) {
      if (wanted.has(key)) continue
      for (const listener of listeners) listener.close()
      this.#healthChecks.delete(key)
    }
    for (const [key, port] of wanted) {
      if (!this.#healthChecks.has(key)) this.#healthChecks.set(key, this.#serveHealthCheck(port))
    }
  }

  /** On all of its addresses, or on none. */
  #serveHealthCheck({ port, service, family, network, addresses }: HealthCheckPort): readonly Listener[] {
    const handler: HttpHandler = () => this.#answer(this.#proxy.serviceHealth(this.#node, service, family))
    const listeners: Listener[] = []
    for (const address of addresses ?? [undefined]) {
      const opened = this.#serve(port, address, handler, () => {
        const reason = `listen ${network} ${hostPort({ address: address ?? '0.0.0.0', port })}: bind: address already in use`
        this.#proxy.events.healthCheckFailed(this.#node, service, port, reason)
      })
      listeners.push(...opened)
      if (opened.length > 0) continue
      for (const listener of listeners) listener.close()
      return []
    }
    return listeners
  }

  #health(target: string): HttpResponse {
    const path = target.split('?')[0]
    return path === '/healthz' || path === '/livez'
      ? this.#answer(this.#proxy.proxyHealth(this.#node, path))
      : goResponse(this.#context.engine.clock, 404, '404 page not found\n')
  }

  #about(target: string): HttpResponse {
    const { clock } = this.#context.engine
    const path = target.split('?')[0]
    if (path === '/healthz') return goResponse(clock, 200, 'ok')
    if (path === '/proxyMode') return goResponse(clock, 200, this.#proxy.modeOf(this.#node))
    return goResponse(clock, 404, '404 page not found\n')
  }

  #answer({ status, headers, body }: HealthAnswer): HttpResponse {
    const { clock } = this.#context.engine
    return {
      status,
      reason: '',
      headers: [...headers, ['Date', httpDate(clock)], ['Content-Length', String(Buffer.byteLength(body))]],
      body: Buffer.from(body, 'utf8'),
    }
  }

  #serve(
    port: number,
    address: string | undefined,
    handler: HttpHandler,
    failed = (reason: string): void => this.#context.stderr(`E ${reason}\n`),
  ): readonly Listener[] {
    try {
      return [serveHttp(this.#context.network, port, handler, address === undefined ? {} : { address })]
    } catch (error) {
      if (!(error instanceof SocketError)) throw error
      failed(`listen tcp ${address ?? ''}:${port}: bind: address already in use`)
      return []
    }
  }
}
