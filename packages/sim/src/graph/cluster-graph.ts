// What a cluster looks like as a graph: Ingresses lead to Services, Services to endpoints, pods are on nodes. Made of objects alone, so
// that files can be drawn as well as a running cluster; where there are no pods (files), workloads stand for theirs.

import {
  endpointSlices,
  ingresses,
  isRecord,
  nodes,
  pods,
  services,
  type EndpointSlice,
  type Ingress,
  type KubeObject,
  type Node,
  type Pod,
  type ResourceType,
  type Service,
} from '@podwire/apiserver'
import { compareText } from '@podwire/engine'

export type VertexKind = 'ingress' | 'service' | 'pod' | 'workload' | 'address' | 'node'

export interface Vertex {
  /** `service/default/kubia`, `node/node-1` */
  readonly id: string
  readonly kind: VertexKind
  /** Undefined: of no namespace. */
  readonly namespace: string | undefined
  readonly lines: readonly string[]
  /** Ready, or not asked for. */
  readonly ready: boolean
}

export interface Edge {
  readonly from: string
  readonly to: string
  readonly label: string
  /** `placed` is a pod on its node. */
  readonly kind: 'routes' | 'not-ready' | 'placed'
}

export interface ClusterGraph {
  /** In the order they are drawn: by namespace, then kind, then name. */
  readonly vertices: readonly Vertex[]
  readonly edges: readonly Edge[]
}

export interface GraphOptions {
  /** Only these; default all that are given. */
  readonly namespaces?: readonly string[]
}

/** Manifests have no namespace where they mean `default`. */
const namespaceOf = ({ metadata }: KubeObject): string => metadata.namespace ?? 'default'
const idOf = (kind: VertexKind, object: KubeObject): string => `${kind}/${namespaceOf(object)}/${object.metadata.name}`

const WORKLOADS: ReadonlySet<string> = new Set([
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'DaemonSet',
  'ReplicationController',
])
const LAYERS: readonly VertexKind[] = ['ingress', 'service', 'pod', 'workload', 'address', 'node']

export function clusterGraph(objects: readonly KubeObject[], options: GraphOptions = {}): ClusterGraph {
  const { namespaces } = options
  const shown = objects.filter(
    (object) => object.kind === 'Node' || namespaces === undefined || namespaces.includes(namespaceOf(object)),
  )
  const of = <T extends KubeObject>(type: ResourceType<T>): readonly T[] =>
    shown.filter((object): object is T => object.kind === type.kind)
  const builder = new GraphBuilder()
  const running = of(pods)
  const slices = of(endpointSlices)
  for (const node of of(nodes)) builder.node(node)
  for (const pod of running) builder.pod(pod)
  const workloads = shown.filter((object) => WORKLOADS.has(object.kind) && !running.some((pod) => isOf(pod, object)))
  for (const workload of workloads) builder.workload(workload)
  for (const service of of(services)) {
    builder.service(service)
    const own = slices.filter(
      (slice) =>
        namespaceOf(slice) === namespaceOf(service) &&
        slice.metadata.labels?.['kubernetes.io/service-name'] === service.metadata.name,
    )
    if (own.length > 0) for (const slice of own) builder.endpoints(service, slice)
    else builder.selected(service, [...running, ...workloads])
  }
  for (const ingress of of(ingresses)) builder.ingress(ingress)
  return builder.graph()
}

/** By its labels: manifests have no owners. */
function isOf(pod: Pod, workload: KubeObject): boolean {
  const labels = Object.entries(templateLabels(workload))
  return (
    namespaceOf(pod) === namespaceOf(workload) &&
    labels.length > 0 &&
    labels.every(([key, value]) => pod.metadata.labels?.[key] === value)
  )
}

class GraphBuilder {
  readonly #vertices = new Map<string, Vertex>()
  readonly #edges = new Map<string, Edge>()
  readonly #nodeAt = new Map<string, string>()

  graph(): ClusterGraph {
    const layer = ({ kind }: Vertex): number => LAYERS.indexOf(kind)
    return {
      vertices: [...this.#vertices.values()].sort(
        (a, b) =>
          compareText(a.namespace ?? '\uFFFF', b.namespace ?? '\uFFFF') ||
          layer(a) - layer(b) ||
          compareText(a.id, b.id),
      ),
      edges: [...this.#edges.values()].sort((a, b) => compareText(a.from, b.from) || compareText(a.to, b.to)),
    }
  }

  node({ metadata, status, spec }: Node): void {
    const address = status?.addresses?.find(({ type }) => type === 'InternalIP')?.address
    const ready = (status?.conditions ?? []).every(({ type, status: value }) => type !== 'Ready' || value === 'True')
    const notes = [...(ready ? [] : ['NotReady']), ...(spec.unschedulable === true ? ['unschedulable'] : [])]
    const id = `node/${metadata.name}`
    if (address !== undefined) this.#nodeAt.set(address, id)
    this.#add({ id, kind: 'node', namespace: undefined, lines: [metadata.name, ...list(address), ...notes], ready })
  }

  pod(pod: Pod): void {
    const { metadata, spec, status } = pod
    const ready = (status?.conditions ?? []).some(({ type, status: value }) => type === 'Ready' && value === 'True')
    const state =
      status === undefined || ready ? [] : [status.phase === 'Running' ? 'not ready' : (status.phase ?? 'Pending')]
    const id = idOf('pod', pod)
    const lines = [metadata.name, ...list(status?.podIP), ...state]
    this.#add({ id, kind: 'pod', namespace: namespaceOf(pod), lines, ready: ready || status === undefined })
    if (spec.nodeName !== undefined) this.#edge({ from: id, to: `node/${spec.nodeName}`, label: '', kind: 'placed' })
  }

  workload(workload: KubeObject): void {
    const replicas = workload.kind === 'DaemonSet' ? '' : ` × ${specOf(workload)['replicas'] ?? 1}`
    const lines = [workload.metadata.name, `${workload.kind}${replicas}`]
    this.#add({
      id: idOf('workload', workload),
      kind: 'workload',
      namespace: namespaceOf(workload),
      lines,
      ready: true,
    })
  }

  service(service: Service): void {
    const { type = 'ClusterIP', clusterIP, ports = [], externalName } = service.spec
    const balanced = (service.status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? '')
    const address = clusterIP === 'None' ? 'headless' : (clusterIP ?? '')
    const lines = [
      service.metadata.name,
      [type, address].filter((text) => text !== '').join(' '),
      ...ports.map(portLine),
      ...(type === 'LoadBalancer' ? [balanced.join(', ') || '<pending>'] : []),
    ]
    const id = idOf('service', service)
    this.#add({ id, kind: 'service', namespace: namespaceOf(service), lines, ready: true })
    if (type === 'ExternalName' && externalName !== undefined) this.#address(service, externalName, 'CNAME', true)
  }

  endpoints(service: Service, slice: EndpointSlice): void {
    for (const { addresses, conditions, targetRef } of slice.endpoints ?? []) {
      const ready = conditions?.ready !== false
      const pod = targetRef?.kind === 'Pod' ? `pod/${namespaceOf(service)}/${targetRef.name ?? ''}` : undefined
      if (pod !== undefined && this.#vertices.has(pod)) {
        this.#edge({ from: idOf('service', service), to: pod, label: '', kind: ready ? 'routes' : 'not-ready' })
      } else for (const address of addresses) this.#address(service, address, '', ready)
    }
  }

  /** Without EndpointSlices the selector says who would stand behind it. */
  selected(service: Service, candidates: readonly KubeObject[]): void {
    const { selector = {} } = service.spec
    if (Object.keys(selector).length === 0) return
    for (const candidate of candidates) {
      if (namespaceOf(candidate) !== namespaceOf(service)) continue
      const labels = candidate.kind === 'Pod' ? (candidate.metadata.labels ?? {}) : templateLabels(candidate)
      if (!Object.entries(selector).every(([key, value]) => labels[key] === value)) continue
      const to = idOf(candidate.kind === 'Pod' ? 'pod' : 'workload', candidate)
      this.#edge({ from: idOf('service', service), to, label: '', kind: 'routes' })
    }
  }

  ingress(ingress: Ingress): void {
    const { rules = [], defaultBackend, ingressClassName, tls = [] } = ingress.spec
    const id = idOf('ingress', ingress)
    const lines = [
      ingress.metadata.name,
      `Ingress ${ingressClassName ?? ''}`.trim(),
      ...(tls.length > 0 ? ['TLS'] : []),
    ]
    this.#add({ id, kind: 'ingress', namespace: namespaceOf(ingress), lines, ready: true })
    const to = (service: string | undefined, label: string): void => {
      if (service === undefined) return
      const target = `service/${namespaceOf(ingress)}/${service}`
      const missing = {
        id: target,
        kind: 'service',
        namespace: namespaceOf(ingress),
        lines: [service, 'missing'],
        ready: false,
      } as const
      if (!this.#vertices.has(target)) this.#add(missing)
      this.#edge({ from: id, to: target, label, kind: 'routes' })
    }
    to(defaultBackend?.service?.name, 'default')
    for (const { host = '*', http } of rules) {
      for (const { path = '/', backend } of http?.paths ?? []) to(backend.service?.name, `${host}${path}`)
    }
  }

  /** A node's own address is the node. */
  #address(service: Service, address: string, label: string, ready: boolean): void {
    const node = this.#nodeAt.get(address)
    const id = node ?? `address/${address}`
    if (node === undefined) this.#add({ id, kind: 'address', namespace: undefined, lines: [address], ready: true })
    this.#edge({ from: idOf('service', service), to: id, label, kind: ready ? 'routes' : 'not-ready' })
  }

  #add(vertex: Vertex): void {
    this.#vertices.set(vertex.id, vertex)
  }

  /** Two rules that lead the same way are one arrow with both labels. */
  #edge(edge: Edge): void {
    const key = `${edge.from} ${edge.to}`
    const known = this.#edges.get(key)
    const labels = [...new Set([...(known?.label.split(', ') ?? []), ...edge.label.split(', ')])].filter(
      (text) => text !== '',
    )
    this.#edges.set(key, { ...edge, label: labels.join(', ') })
  }
}

/** `80:30123 → 8080`, `53/UDP`: port, node port, target port, and what is not TCP. */
function portLine({
  port,
  nodePort,
  targetPort,
  protocol = 'TCP',
}: NonNullable<Service['spec']['ports']>[number]): string {
  const target = targetPort === undefined || targetPort === port ? '' : ` → ${targetPort}`
  const other = protocol === 'TCP' ? '' : `/${protocol}`
  return `${port}${nodePort === undefined ? '' : `:${nodePort}`}${other}${target}`
}

function list(text: string | undefined): readonly string[] {
  return text === undefined || text === '' ? [] : [text]
}

function specOf(object: KubeObject): Readonly<Record<string, unknown>> {
  const spec = 'spec' in object ? object.spec : undefined
  return isRecord(spec) ? spec : {}
}

function templateLabels(workload: KubeObject): Readonly<Record<string, unknown>> {
  const { template } = specOf(workload)
  const metadata = isRecord(template) ? template['metadata'] : undefined
  const labels = isRecord(metadata) ? metadata['labels'] : undefined
  return isRecord(labels) ? labels : {}
}
