// A request handler of a few lines for tests of the door: two kinds in a map, one revision counter, live watches.

import { Engine, RealTimeDriver } from '@podwire/engine'
import type { KubeObject } from '../objects/kube-object.ts'
import { defineResource } from '../resources/define-resource.ts'
import { resourceType } from '../resources/resource-type.ts'
import type { Resource } from '../resources/resource.ts'
import { alreadyExists, notFound } from '../status/errors.ts'
import type { NodeConnection } from '../streams/node-connection.ts'
import type {
  ApiObject,
  ApiRequest,
  ApiResponse,
  RequestHandler,
  ResourceRequest,
  WatchSink,
} from './request-handler.ts'
import { startHttpServer, type HttpServer, type HttpServerOptions } from './server.ts'

const nameColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'The name.',
  priority: 0,
  cell: (object: KubeObject) => object.metadata.name,
} as const

export const RESOURCES: readonly Resource[] = [
  defineResource({
    type: resourceType<KubeObject>('v1', 'configmaps', 'ConfigMap', { namespaced: true }),
    singular: 'configmap',
    shortNames: ['cm'],
    schema: 'io.k8s.api.core.v1.ConfigMap',
    columns: [nameColumn],
    strategy: {},
  }),
  defineResource({
    type: resourceType<KubeObject>('v1', 'pods', 'Pod', { namespaced: true }),
    singular: 'pod',
    shortNames: ['po'],
    categories: ['all'],
    status: true,
    schema: 'io.k8s.api.core.v1.Pod',
    columns: [nameColumn],
    strategy: {},
  }),
  defineResource({
    type: resourceType<KubeObject>('v1', 'nodes', 'Node', { namespaced: false }),
    singular: 'node',
    schema: 'io.k8s.api.core.v1.Node',
    columns: [nameColumn],
    strategy: {},
  }),
  defineResource({
    type: resourceType<KubeObject>('apps/v1', 'deployments', 'Deployment', { namespaced: true }),
    singular: 'deployment',
    schema: 'io.k8s.api.apps.v1.Deployment',
    status: true,
    subresources: [
      { name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] },
    ],
    columns: [nameColumn],
    strategy: {},
  }),
]

function keyOf(request: ResourceRequest, name: string): string {
  return `${request.resource.type.resource}/${request.namespace ?? ''}/${name}`
}

export class FakeHandler implements RequestHandler {
  readonly objects = new Map<string, KubeObject>()
  readonly sinks = new Set<WatchSink>()
  readonly requests: ApiRequest[] = []
  /** Thrown by the next request, as a bug would be. */
  bug: Error | undefined
  #revision = 0

  handle(request: ApiRequest): ApiResponse {
    this.requests.push(request)
    if (this.bug !== undefined) throw this.bug
    const { type } = request.resource
    if (request.verb === 'list') {
      const items = [...this.objects].filter(([key]) => key.startsWith(keyOf(request, ''))).map(([, object]) => object)
      return { type: 'list', items, metadata: { resourceVersion: this.revision() } }
    }
    if (request.verb === 'create') return this.#create(request)
    const key = keyOf(request, request.name ?? '')
    const object = this.objects.get(key)
    if (object === undefined) throw notFound(type, request.name ?? '')
    if (request.verb === 'delete') {
      this.objects.delete(key)
      for (const sink of this.sinks) sink.event('DELETED', object)
    }
    return { type: 'object', code: 200, object }
  }

  watch(_request: ResourceRequest, sink: WatchSink): { stop(): void } {
    this.sinks.add(sink)
    return { stop: () => void this.sinks.delete(sink) }
  }

  readReview({ body }: ApiRequest): ApiObject {
    return { metadata: {}, ...(JSON.parse(Buffer.from(body?.bytes ?? []).toString() || '{}') as ApiObject) }
  }

  revision(): string {
    return String(this.#revision)
  }

  #create(request: ApiRequest): ApiResponse {
    const { type } = request.resource
    const sent = JSON.parse(Buffer.from(request.body?.bytes ?? []).toString() || '{}') as Partial<KubeObject>
    const name = sent.metadata?.name ?? ''
    if (this.objects.has(keyOf(request, name))) throw alreadyExists(type, name)
    const metadata = {
      ...sent.metadata,
      name,
      ...(request.namespace === undefined ? {} : { namespace: request.namespace }),
      uid: `uid-${name}`,
      resourceVersion: String(++this.#revision),
      creationTimestamp: '2026-01-01T00:00:00Z',
    }
    const object: KubeObject = Object.freeze({ ...sent, apiVersion: type.version, kind: type.kind, metadata })
    this.objects.set(keyOf(request, name), object)
    for (const sink of this.sinks) sink.event('ADDED', object)
    request.warn(`created ${name}`)
    return { type: 'object', code: 201, object }
  }
}

export interface FakeCluster extends AsyncDisposable {
  readonly server: HttpServer
  readonly handler: FakeHandler
  readonly engine: Engine
  readonly errors: unknown[]
}

export const TOKEN = 'a-token'

/** A door on plain HTTP with nothing but the fake behind it. */
export async function startFakeCluster(
  nodes?: NodeConnection,
  more: Partial<HttpServerOptions> = {},
): Promise<FakeCluster> {
  const engine = new Engine()
  const driver = new RealTimeDriver(engine)
  const handler = new FakeHandler()
  const errors: unknown[] = []
  const server = await startHttpServer({
    engine,
    driver,
    handler,
    resources: () => RESOURCES,
    kubernetesVersion: 'v1.36.2',
    token: TOKEN,
    nodes: () => nodes,
    onError: (error) => errors.push(error),
    ...more,
  })
  return {
    server,
    handler,
    engine,
    errors,
    [Symbol.asyncDispose]: async () => {
      await server.close()
      driver[Symbol.dispose]()
    },
  }
}
