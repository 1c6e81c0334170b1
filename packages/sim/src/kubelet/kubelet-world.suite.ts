// One node with its kubelet on a virtual clock, for the tests of this folder.

import {
  createApiServer,
  events as eventType,
  namespaces,
  pods,
  serviceAccounts,
  type Client,
  type NewObject,
  type Pod,
  type PodSpec,
} from '@podwire/apiserver'
import { Engine, SECOND, VirtualTimeDriver } from '@podwire/engine'
import { createFabric, type Fabric } from '../fabric/index.ts'
import { createImageRegistry, type ImageRegistry } from '../images/registry.ts'
import { createClusterView, startKubelet, type Kubelet, type KubeletOptions } from './index.ts'

export interface KubeletWorld {
  readonly engine: Engine
  readonly driver: VirtualTimeDriver
  readonly client: Client
  readonly fabric: Fabric
  readonly images: ImageRegistry
  readonly kubelet: Kubelet
  create(name: string, spec: Partial<PodSpec>, metadata?: Partial<Pod['metadata']>): Pod
  get(name: string): Pod
  /** Reason and message of the events of a pod, in order. */
  eventsOf(name: string): readonly string[]
}

export function createKubeletWorld(
  options: Partial<KubeletOptions> & { readonly strict?: boolean } = {},
): KubeletWorld {
  const engine = new Engine({ seed: 7 })
  const driver = new VirtualTimeDriver(engine)
  const { client } = createApiServer({ engine })
  for (const name of ['default', 'kube-system', 'kube-node-lease']) {
    if (client.find(namespaces, { name }) === undefined) client.create(namespaces, { metadata: { name }, spec: {} })
    client.create(serviceAccounts, { metadata: { namespace: name, name: 'default' } })
  }
  const fabric = createFabric({ engine })
  const node = { name: 'node-1', addresses: ['172.18.0.2'], podCidrs: ['10.244.0.0/24'] }
  fabric.addNode(node)
  const images = createImageRegistry({ strict: options.strict ?? false })
  const kubelet = startKubelet({
    engine,
    client,
    fabric,
    node,
    images,
    cluster: createClusterView(client),
    kubernetesVersion: 'v1.36.2',
    ...options,
  })
  if (kubelet === undefined) throw new TypeError('the node is ours')
  const get = (name: string): Pod => client.get(pods, { namespace: 'default', name })
  return {
    engine,
    driver,
    client,
    fabric,
    images,
    kubelet,
    get,
    create: (name, spec, metadata = {}) => {
      const pod: NewObject<Pod> = {
        metadata: { namespace: 'default', name, ...metadata },
        spec: { nodeName: 'node-1', containers: [{ name: 'main', image: 'luksa/kubia' }], ...spec },
      }
      return client.create(pods, pod)
    },
    eventsOf: (name) => eventsOf(client, name),
  }
}

function eventsOf(client: Client, name: string): readonly string[] {
  return client
    .list(eventType, { namespace: 'default' })
    .items.filter((event) => event.involvedObject.name === name)
    .map((event) => ({
      at: event.lastTimestamp ?? event.eventTime ?? '',
      text: `${event.reason ?? ''}: ${event.message ?? ''}`,
    }))
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    .map(({ text }) => text)
}

export const seconds = (count: number): number => count * SECOND
