// The kubelet's own HTTPS server on port 10250, as nodes/proxy reaches it: health, pods, a few metrics, logs, and commands run to
// their end. Only the API server's certificate is let in. Source: pkg/kubelet/server/server.go.
// Departures: streams (exec, attach, port-forward, followed logs), statistics, profiles and the configuration are refused by name.

import { KubeletRefusal, type LogRequest, type Pod } from '@podwire/apiserver'
import { SECOND, type Engine } from '@podwire/engine'
import { executeInContainer } from '../container/index.ts'
import type { NetworkNamespace } from '../fabric/network.ts'
import type { HttpPeer, HttpRequest, HttpResponse } from '../http/message.ts'
import { serveHttp } from '../http/index.ts'
import { goResponse, pathOf, queryOf } from '../images/responses.ts'
import { containerLog } from './container-logs.ts'
import type { ContainerSlot } from './container-slot.ts'
import type { PodWorker } from './pod-worker.ts'

export const KUBELET_PORT = 10250
/** Common name of the certificate the API server shows to kubelets. */
export const API_SERVER_CERTIFICATE = 'kube-apiserver-kubelet-client'

export interface KubeletPods {
  pod(namespace: string, name: string): PodWorker | undefined
  pods(): readonly PodWorker[]
}

const RUN_TIMEOUT_US = 3600 * SECOND
const REFUSED: ReadonlySet<string> = new Set([
  'attach',
  'checkpoint',
  'configz',
  'debug',
  'exec',
  'logs',
  'portForward',
  'runningpods',
  'stats',
])

class KubeletServer {
  readonly #engine: Engine
  readonly #nodeName: string
  readonly #pods: KubeletPods

  constructor(engine: Engine, nodeName: string, pods: KubeletPods) {
    this.#engine = engine
    this.#nodeName = nodeName
    this.#pods = pods
  }

  answer(request: HttpRequest, peer: HttpPeer): HttpResponse | Promise<HttpResponse> {
    if (peer.certificate !== API_SERVER_CERTIFICATE) return this.#text(401, 'Unauthorized')
    const [root = '', ...rest] = pathOf(request.target)
      .replace(/^\/+|\/+$/g, '')
      .split('/')
    try {
      return this.#route(root, rest, request)
    } catch (error) {
      if (error instanceof KubeletRefusal) return this.#text(error.code, error.message)
      throw error
    }
  }

  #route(root: string, rest: readonly string[], request: HttpRequest): HttpResponse | Promise<HttpResponse> {
    const query = queryOf(request.target)
    if (root === 'healthz') return this.#text(200, 'ok')
    if (root === 'pods' && rest.length === 0) return this.#podList()
    if (root === 'metrics' && rest.length === 0) return this.#metrics()
    if (root === 'containerLogs' && rest.length === 3) return this.#log(rest, query)
    if (root === 'run' && rest.length >= 3) {
      return request.method === 'POST' ? this.#run(rest, query) : this.#text(405, '405: Method Not Allowed')
    }
    const known = REFUSED.has(root) || root === 'metrics'
    const what = ['', root, ...rest].join('/')
    return known ? this.#text(501, `podwire does not simulate ${what} of the kubelet\n`) : this.#notFound()
  }

  #text(status: number, text: string): HttpResponse {
    return goResponse(this.#engine.clock, status, text)
  }

  #notFound(): HttpResponse {
    return this.#text(404, '404 page not found\n')
  }

  #podList(): HttpResponse {
    const items = this.#pods.pods().map(({ pod: { apiVersion: _version, kind: _kind, ...pod } }) => pod)
    const list = JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items })
    return goResponse(this.#engine.clock, 200, list, 'application/json')
  }

  #metrics(): HttpResponse {
    const pods = this.#pods.pods()
    const running = pods.flatMap(({ slots }) => slots.filter((slot) => slot.running !== undefined))
    const gauge = (name: string, help: string, labels: string, value: number): string =>
      `# HELP ${name} [ALPHA] ${help}\n# TYPE ${name} gauge\n${name}${labels} ${value}\n`
    const text = [
      gauge('kubelet_node_name', "The node's name. The count is always 1.", `{node="${this.#nodeName}"}`, 1),
      gauge(
        'kubelet_running_containers',
        'Number of containers currently running',
        '{container_state="running"}',
        running.length,
      ),
      gauge(
        'kubelet_running_pods',
        'Number of pods that have a running pod sandbox',
        '',
        pods.filter(({ sandbox }) => sandbox !== undefined).length,
      ),
    ]
    return goResponse(this.#engine.clock, 200, text.join(''), 'text/plain; version=0.0.4; charset=utf-8')
  }

  /** @throws KubeletRefusal 404 */
  #container(namespace: string, name: string, container: string): { readonly pod: Pod; readonly slot: ContainerSlot } {
    const worker = this.#pods.pod(namespace, name)
    if (worker === undefined) throw new KubeletRefusal(404, `pod ${JSON.stringify(name)} does not exist\n`)
    const slot = worker.slot(container)
    if (slot !== undefined) return { pod: worker.pod, slot }
    throw new KubeletRefusal(404, `container ${JSON.stringify(container)} not found in pod ${JSON.stringify(name)}\n`)
  }

  #log([namespace = '', name = '', container = '']: readonly string[], query: URLSearchParams): HttpResponse {
    const { pod, slot } = this.#container(namespace, name, container)
    if (isTrue(query.get('follow'))) throw new KubeletRefusal(501, 'podwire does not simulate following logs here\n')
    const log = containerLog(slot, pod, container, isTrue(query.get('previous')))
    return goResponse(this.#engine.clock, 200, log?.read(logSelection(query)) ?? '', 'text/plain')
  }

  /** The uid of the pod may stand before the container. */
  async #run(rest: readonly string[], query: URLSearchParams): Promise<HttpResponse> {
    const [namespace = '', name = ''] = rest
    const { slot } = this.#container(namespace, name, rest.at(-1) ?? '')
    if (slot.running === undefined) return this.#text(500, `container not found (${JSON.stringify(slot.name)})\n`)
    const argv = (query.get('cmd') ?? '').split(' ').filter((word) => word !== '')
    const done = await executeInContainer(slot.running, argv, RUN_TIMEOUT_US)
    if (done === undefined) return this.#text(500, 'command timed out\n')
    if ('startError' in done) return this.#text(500, `${done.startError}\n`)
    return done.exitCode === 0
      ? this.#text(200, done.output)
      : this.#text(500, `${done.output}command '${argv.join(' ')}' exited with ${done.exitCode}: ${done.output}\n`)
  }
}

function isTrue(value: string | null): boolean {
  return value === 'true' || value === '1'
}

function logSelection(query: URLSearchParams): Omit<LogRequest, 'container' | 'follow' | 'previous'> {
  const number = (name: string): number | undefined => {
    const text = query.get(name) ?? ''
    if (text === '') return undefined
    if (/^\d{1,15}$/.test(text)) return Number(text)
    throw new KubeletRefusal(400, `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax\n`)
  }
  const [tailLines, limitBytes, sinceSeconds] = [number('tailLines'), number('limitBytes'), number('sinceSeconds')]
  return {
    timestamps: isTrue(query.get('timestamps')),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
  }
}

/** @returns stops it */
export function startKubeletServer(
  engine: Engine,
  network: NetworkNamespace,
  nodeName: string,
  pods: KubeletPods,
): () => void {
  const server = new KubeletServer(engine, nodeName, pods)
  const scope = network.openScope()
  serveHttp(scope, KUBELET_PORT, (request, peer) => server.answer(request, peer), { tls: true })
  return () => scope.closeAll()
}
