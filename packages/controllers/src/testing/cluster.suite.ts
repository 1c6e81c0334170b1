// A small cluster for this package's tests: API server, controller manager, scheduler and nodes, on virtual time. A kubelet is
// played by hand: `markReady` and `finish` write what it would.

import {
  createApiServer,
  type Client,
  deployments,
  type Deployment,
  type DeploymentSpec,
  type EndpointSlice,
  endpointSlices,
  events,
  namespaces,
  type NewObject,
  nodes,
  type Pod,
  pods,
  replicaSets,
} from '@podwire/apiserver'
import { Engine, VirtualTimeDriver, compareText } from '@podwire/engine'
import { startControllerManager, startScheduler } from '../index.ts'

export interface TestCluster {
  readonly engine: Engine
  readonly client: Client
  readonly driver: VirtualTimeDriver
  settle(): Promise<void>
  addNode(name: string, shape?: NodeShape): void
  podsOf(labels: Readonly<Record<string, string>>): readonly Pod[]
  /** What the kubelet writes when a pod's containers run and are ready (or not). */
  markReady(pod: Pod, ready?: boolean): void
  /** Plays the kubelet for every pod there is: starts bound ones, finishes deleted ones. */
  runKubelet(): void
  finishDeletions(): void
  slicesOf(service: string): readonly EndpointSlice[]
  /** `reason message`, in order of time. */
  eventsOf(kind: string): readonly string[]
  replicaSummary(): Readonly<Record<string, string>>
}

export interface NodeShape {
  readonly cpu?: string
  readonly memory?: string
  readonly pods?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[]
  readonly unschedulable?: boolean
  readonly zone?: string
}

export interface TestClusterOptions {
  readonly nodes?: number
  readonly seed?: number
  readonly controllers?: readonly string[]
  readonly podRanges?: readonly string[]
}

export async function testCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const engine = new Engine({ seed: options.seed ?? 1 })
  const { client } = createApiServer({ engine })
  const driver = new VirtualTimeDriver(engine)
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
    if (client.find(namespaces, { name }) === undefined) client.create(namespaces, { metadata: { name }, spec: {} })
  }
  const { controllers = ['*'], podRanges = [] } = options
  startControllerManager({ engine, client, controllers, podRanges })
  startScheduler({ engine, client })
  const cluster = new Cluster(engine, client, driver)
  for (let i = 1; i <= (options.nodes ?? 3); i++) cluster.addNode(`node-${i}`)
  await driver.settle()
  return cluster
}

class Cluster implements TestCluster {
  readonly engine: Engine
  readonly client: Client
  readonly driver: VirtualTimeDriver
  #addresses = 0
  #nodes = 0

  constructor(engine: Engine, client: Client, driver: VirtualTimeDriver) {
    this.engine = engine
    this.client = client
    this.driver = driver
  }

  settle(): Promise<void> {
    return this.driver.settle()
  }

  addNode(name: string, shape: NodeShape = {}): void {
    const zone = shape.zone ?? `zone-${(this.#nodes++ % 3) + 1}`
    const amounts = { cpu: shape.cpu ?? '64', memory: shape.memory ?? '256Gi', pods: shape.pods ?? '1000' }
    const timestamp = this.engine.clock.timestamp()
    const created = this.client.create(nodes, {
      metadata: {
        name,
        labels: { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': zone, ...shape.labels },
      },
      spec: {
        ...(shape.taints === undefined ? {} : { taints: shape.taints }),
        ...(shape.unschedulable === undefined ? {} : { unschedulable: shape.unschedulable }),
      },
    })
    const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: '', lastTransitionTime: timestamp }
    const status = { capacity: amounts, allocatable: amounts, conditions: [{ ...ready, lastHeartbeatTime: timestamp }] }
    this.client.update(nodes, { ...created, status }, { subresource: 'status' })
  }

  podsOf(labels: Readonly<Record<string, string>>): readonly Pod[] {
    const labelSelector = Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join()
    return this.client.list(pods, { namespace: 'default', labelSelector }).items
  }

  markReady(pod: Pod, ready = true): void {
    const timestamp = this.engine.clock.timestamp()
    const live = this.client.get(pods, pod.metadata)
    const known = live.status?.podIP
    const count = known === undefined ? this.#addresses++ : 0
    const podIP = known ?? `10.244.${Math.floor(count / 250)}.${(count % 250) + 2}`
    const condition = { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: timestamp }
    const others = (live.status?.conditions ?? []).filter(({ type }) => type !== 'Ready')
    const status = {
      ...live.status,
      phase: 'Running',
      startTime: live.status?.startTime ?? timestamp,
      podIP,
      podIPs: [{ ip: podIP }],
      conditions: [...others, condition],
    }
    this.client.update(pods, { ...live, status }, { subresource: 'status' })
  }

  runKubelet(): void {
    for (const pod of this.client.list(pods).items) {
      if ((pod.spec.nodeName ?? '') === '') continue
      if (pod.metadata.deletionTimestamp !== undefined)
        this.client.delete(pods, pod.metadata, { gracePeriodSeconds: 0 })
      else if (pod.status?.phase === 'Pending') this.markReady(pod)
    }
  }

  finishDeletions(): void {
    for (const pod of this.client.list(pods).items) {
      if (pod.metadata.deletionTimestamp !== undefined)
        this.client.delete(pods, pod.metadata, { gracePeriodSeconds: 0 })
    }
  }

  slicesOf(service: string): readonly EndpointSlice[] {
    return this.client.list(endpointSlices, {
      namespace: 'default',
      labelSelector: `kubernetes.io/service-name=${service}`,
    }).items
  }

  eventsOf(kind: string): readonly string[] {
    return this.client
      .list(events, { namespace: 'default' })
      .items.filter((event) => event.involvedObject.kind === kind)
      .sort((a, b) => compareText(a.firstTimestamp ?? a.eventTime ?? '', b.firstTimestamp ?? b.eventTime ?? ''))
      .map((event) => `${event.reason ?? ''} ${event.message ?? ''}`)
  }

  replicaSummary(): Readonly<Record<string, string>> {
    const summary: Record<string, string> = {}
    const sets = this.client.list(replicaSets, { namespace: 'default' }).items
    for (const { metadata, spec, status } of sets) {
      const revision = metadata.annotations?.['deployment.kubernetes.io/revision'] ?? metadata.name
      summary[revision] =
        `${spec.replicas} wanted, ${status?.replicas} there, ${status?.availableReplicas ?? 0} available`
    }
    return summary
  }
}

function deploymentOf(name: string, replicas: number, spec: Partial<DeploymentSpec> = {}): NewObject<Deployment> {
  return {
    metadata: { name, namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'main', image: 'example.test/app:1' }] },
      },
      ...spec,
    },
  }
}

export function createDeployment(
  client: Client,
  name: string,
  replicas: number,
  spec: Partial<DeploymentSpec> = {},
): Deployment {
  return client.create(deployments, deploymentOf(name, replicas, spec))
}

/** Changes the image: a new template. */
export function setImage(client: Client, name: string, image: string): void {
  client.modify(deployments, { namespace: 'default', name }, (draft) => {
    const [container] = draft.spec.template.spec?.containers ?? []
    if (container !== undefined) container.image = image
  })
}
