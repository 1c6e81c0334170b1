// For tests and benchmarks of the network: a two-node cluster with kube-proxy's real rules and no API server. Objects go straight
// to the rule compiler; the first node is also where the tests' client pod lives.

import type { EndpointSlice, Node, Service, ServicePort } from '@podwire/apiserver'
import { Engine, invariant, VirtualTimeDriver } from '@podwire/engine'
import {
  NodeDataPlane,
  type NodeFacts,
  nodeFactsOf,
  type NodeRules,
  IptablesHooks,
  NodeTables,
  resolveOptions,
  type RulesSource,
  Ruleset,
  type ServiceInput,
} from '@podwire/proxy'
import { createFabric, type Fabric } from './fabric.ts'
import type { HooksFactory } from './hooks.ts'
import type { NetworkScope } from './network.ts'

export interface TestService {
  readonly name: string
  readonly clusterIP: string
  readonly ports: readonly ServicePort[]
  readonly type?: 'ClusterIP' | 'NodePort'
  /** Ready endpoints: address and node. */
  readonly endpoints: readonly { readonly address: string; readonly node: string }[]
  readonly spec?: Partial<Service['spec']>
}

export interface TestCluster {
  readonly engine: Engine
  readonly driver: VirtualTimeDriver
  readonly fabric: Fabric
  /** `default/client` on node-1. */
  readonly client: NetworkScope
  /** `default/near` on node-1 and `default/far` on node-2. */
  readonly near: NetworkScope
  readonly far: NetworkScope
  /** Replaces all rules, on every node at once. */
  setServices(services: readonly TestService[]): void
}

export const CLIENT = '10.244.0.2'
export const NEAR = '10.244.0.3'
export const FAR = '10.244.1.2'
export const NODE_1 = '172.18.0.2'
export const NODE_2 = '172.18.0.3'
export const EXTERNAL = '172.18.0.1'

export interface TestClusterOptions {
  readonly tracing?: boolean
  /** Default 10.244.0.0/16; '' leaves kube-proxy without a way to tell pods from others. */
  readonly clusterCidr?: string
}

export function createTestCluster(options: TestClusterOptions = {}): TestCluster {
  const engine = new Engine({ seed: 7 })
  const fabric = createFabric({ engine, tracing: options.tracing ?? false })
  const rules = new TestRules(options.clusterCidr ?? '10.244.0.0/16')
  const addNode = (name: string, address: string, podCidr: string): void => {
    const node = nodeOf(name, address, podCidr)
    const random = engine.random.fork(`kube-proxy/${name}`)
    const dataPlane: HooksFactory = (stack) =>
      new NodeDataPlane({ clock: engine.clock, random, nodeName: name, stack, rules: rules.source(node) })
    fabric.addNode({ name, addresses: [address], podCidrs: [podCidr], dataPlane })
  }
  addNode('node-1', NODE_1, '10.244.0.0/24')
  addNode('node-2', NODE_2, '10.244.1.0/24')
  return {
    engine,
    driver: new VirtualTimeDriver(engine),
    fabric,
    client: fabric.addPod('node-1', 'default/client', [CLIENT]),
    near: fabric.addPod('node-1', 'default/near', [NEAR]),
    far: fabric.addPod('node-2', 'default/far', [FAR]),
    setServices: (services) => rules.set(services),
  }
}

/** What kube-proxy would have in force on every node, without its sync delays. */
class TestRules {
  readonly #empty: Ruleset
  #ruleset: Ruleset
  #generation = 0

  constructor(clusterCidr: string) {
    const options = resolveOptions({ clusterCidr }).families.get('ipv4')
    invariant(options !== undefined, 'kube-proxy serves IPv4')
    this.#empty = Ruleset.empty(options)
    this.#ruleset = this.#empty
  }

  set(services: readonly TestService[]): void {
    this.#ruleset = this.#empty.with(new Map(services.map((one) => [`default/${one.name}`, inputOf(one)])))
    this.#generation++
  }

  source(node: Node): RulesSource {
    const facts = nodeFactsOf(node)
    let inForce = this.#rulesFor(facts)
    return () => {
      if (inForce.udpGeneration !== this.#generation) inForce = this.#rulesFor(facts)
      return inForce
    }
  }

  #rulesFor(facts: NodeFacts): NodeRules {
    const hooks = new IptablesHooks(new NodeTables(this.#ruleset, facts))
    return {
      hooks: (family) => (family === 'ipv4' ? hooks : undefined),
      udpGeneration: this.#generation,
      isStale: () => false,
    }
  }
}

function nodeOf(name: string, address: string, podCidr: string): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: metadata(name),
    spec: { podCIDR: podCidr, podCIDRs: [podCidr] },
    status: { addresses: [{ type: 'InternalIP', address }] },
  }
}

function metadata(name: string, namespace?: string): Node['metadata'] {
  const stored = { uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' }
  return { name, ...(namespace !== undefined && { namespace }), ...stored }
}

function inputOf(service: TestService): ServiceInput {
  const object: Service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(service.name, 'default'),
    spec: {
      type: service.type ?? 'ClusterIP',
      clusterIP: service.clusterIP,
      clusterIPs: [service.clusterIP],
      ports: service.ports,
      ...service.spec,
    },
  }
  const slice: EndpointSlice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      ...metadata(`${service.name}-1`, 'default'),
      labels: { 'kubernetes.io/service-name': service.name },
    },
    addressType: 'IPv4',
    endpoints: service.endpoints.map(({ address, node }) => ({
      addresses: [address],
      nodeName: node,
      conditions: { ready: true, serving: true, terminating: false },
    })),
    ports: service.ports.map(({ name = '', protocol = 'TCP', port, targetPort }) => ({
      name,
      protocol,
      port: typeof targetPort === 'number' ? targetPort : port,
    })),
  }
  return { service: object, slices: [slice] }
}
