// Where the addresses in an Ingress's status come from: a published Service, words of the command line, the nodes of the
// controller's own pods, or nowhere. Source: ingress-nginx internal/ingress/status/status.go (runningAddresses, updateStatus),
// internal/k8s/main.go (GetNodeIPs).

import {
  matchesLabels,
  nodes,
  pods,
  services,
  type Client,
  type IngressLoadBalancerIngress,
  type Pod,
  type Service,
} from '@podwire/apiserver'
import { compareText } from '@podwire/engine'
import { addressesOfService } from './status-address.ts'

export type StatusSource =
  | { readonly kind: 'none' }
  /** `namespace/name` of the Service the controller is reached by. */
  | {
      readonly kind: 'service'
      readonly service: string
      /** What a Service shows; default as ingress-nginx has it. Undefined: leave the status alone. */
      readonly read?: (service: Service | undefined) => readonly IngressLoadBalancerIngress[] | undefined
    }
  | { readonly kind: 'addresses'; readonly addresses: () => readonly string[] }
  /** Nodes of the Ready pods that have this pod's labels. */
  | { readonly kind: 'pods'; readonly pod: Pod; readonly internal: boolean }

/** Undefined: nothing is to be written. */
export function addressesOf(source: StatusSource, client: Client): readonly IngressLoadBalancerIngress[] | undefined {
  switch (source.kind) {
    case 'none':
      return undefined
    case 'addresses':
      return shown(source.addresses())
    case 'service': {
      const [namespace, name = ''] = source.service.split('/')
      const service = client.find(services, { namespace, name })
      return source.read === undefined ? inOrder(addressesOfService(service)) : source.read(service)
    }
    case 'pods':
      return shown(podNodeAddresses(source.pod, source.internal, client))
  }
}

function shown(addresses: readonly string[]): readonly IngressLoadBalancerIngress[] {
  const isIp = (text: string): boolean => /^[\d.]+$/.test(text) || text.includes(':')
  return inOrder([...new Set(addresses)].map((address) => (isIp(address) ? { ip: address } : { hostname: address })))
}

/** Addresses before names, each by their text. */
function inOrder(addresses: readonly IngressLoadBalancerIngress[]): readonly IngressLoadBalancerIngress[] {
  return addresses.toSorted(
    (a, b) => compareText(a.hostname ?? '', b.hostname ?? '') || compareText(a.ip ?? '', b.ip ?? ''),
  )
}

function podNodeAddresses(own: Pod, internal: boolean, client: Client): readonly string[] {
  const { items } = client.list(pods, { namespace: own.metadata.namespace })
  return items
    .filter((pod) => isReady(pod) && matchesLabels(own.metadata.labels ?? {}, pod.metadata.labels))
    .flatMap((pod) => nodeAddresses(pod.spec.nodeName ?? '', internal, client))
}

/** External addresses where a node has any, unless told otherwise. */
function nodeAddresses(name: string, internal: boolean, client: Client): readonly string[] {
  const all = client.find(nodes, { name })?.status?.addresses ?? []
  const of = (kind: string): string[] => all.filter(({ type }) => type === kind).map(({ address }) => address)
  const external = of('ExternalIP')
  return internal || external.length === 0 ? of('InternalIP') : external
}

function isReady({ status, metadata }: Pod): boolean {
  if (status?.phase !== 'Running' || metadata.deletionTimestamp !== undefined) return false
  return status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false
}
