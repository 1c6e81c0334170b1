// Hands a cluster's parts to its faults.

import { pods } from '@podwire/apiserver'
import type { Driver } from '@podwire/engine'
import { Faults } from '../faults/index.ts'
import type { Composition } from './composition.ts'

export function createFaults(composition: Composition, driver: Driver): Faults {
  const { engine, server, fabric, nodes, proxy, connections } = composition
  const find = (key: string) => {
    const [namespace, name = ''] = key.split('/')
    return server.client.find(pods, { namespace, name })
  }
  return new Faults(engine, driver, server.client, {
    fabric,
    nodes,
    proxy,
    connections,
    nodeNames: () => nodes.names,
    podNode: (key) => {
      const pod = find(key)
      return pod === undefined ? undefined : { node: pod.spec.nodeName, hostNetwork: pod.spec.hostNetwork === true }
    },
    containerOf: (key, container) => {
      const [namespace = '', name = ''] = key.split('/')
      const worker = nodes.kubelets.get(find(key)?.spec.nodeName ?? '')?.pod(namespace, name)
      return worker?.slot(container)?.running
    },
  })
}
