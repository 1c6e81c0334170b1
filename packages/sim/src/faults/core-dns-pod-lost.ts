// A CoreDNS pod is lost to the network: it stays in the API, and for some time in EndpointSlices and rules, while nothing reaches it
// and nothing of it gets out, its kubelet's probes included. What follows is the probes' and the controllers' doing.

import { pods, type Client } from '@podwire/apiserver'
import { PodwireError } from '@podwire/engine'

const ACTION = 'lose a CoreDNS pod'

/** @param name default the first by name. @returns its `namespace/name`. @throws PodwireError when there is none */
export function chooseCoreDnsPod(client: Client, name: string | undefined): string {
  const namespace = 'kube-system'
  const { items } = client.list(pods, { namespace, labelSelector: 'k8s-app=kube-dns' })
  const names = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map((pod) => pod.metadata.name)
  const [first] = names
  if (first === undefined) throw new PodwireError(ACTION, 'there is none', 'A cluster without system pods has no DNS.')
  if (name !== undefined && !names.includes(name)) {
    throw new PodwireError(ACTION, `none is called ${JSON.stringify(name)}`, `There are ${names.join(', ')}.`)
  }
  return `${namespace}/${name ?? first}`
}
