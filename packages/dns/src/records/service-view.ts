// What DNS needs of a Service and of an EndpointSlice, and nothing more. A slice's view is made when it is first asked for:
// a slice that changes a hundred times between two queries is read once. Source: CoreDNS plugin/kubernetes/object.

import type { EndpointSlice, Service } from '@podwire/apiserver'
import { addressFamily, canonicalAddress, fullyQualified } from '../wire/index.ts'

/** The port number CoreDNS uses for "no port declared": addresses are answered, SRV records are not. */
export const NO_PORT = -1

export interface PortView {
  /** Lower case, '' when unnamed. */
  readonly name: string
  /** Lower case. */
  readonly protocol: string
  readonly port: number
}

/** What a name leads to: an address, or another name. */
export type Host =
  | { readonly family: 4 | 6; readonly address: string; readonly alias: undefined }
  | { readonly family: undefined; readonly address: undefined; readonly alias: string }

/** As Go reads it: what is no address is a name. */
export function hostOf(text: string): Host {
  const family = addressFamily(text)
  if (family === undefined) return { family, address: undefined, alias: fullyQualified(text) }
  return { family, address: canonicalAddress(text) ?? text, alias: undefined }
}

export interface ServiceView {
  readonly name: string
  readonly namespace: string
  readonly kind: 'cluster-ip' | 'headless' | 'external-name'
  /** As the Service has them. */
  readonly clusterIps: readonly string[]
  readonly hosts: readonly Host[]
  readonly ports: readonly PortView[]
  readonly externalName: Host
  /** `cart.shop.svc`, what SRV and NS records below a zone point to. */
  readonly owner: string
}

export interface EndpointAddress {
  /** As the slice has it. */
  readonly address: string
  readonly host: Host
  /** The endpoint's label: its hostname, else the address with dashes. */
  readonly name: string
  /** The same with `endpoint_pod_names`: hostname, else pod name, else dashes. */
  readonly podName: string
}

export interface SliceView {
  /** Ready ones only; `ready` unset counts as ready. */
  readonly addresses: readonly EndpointAddress[]
  readonly ports: readonly PortView[]
}

const NO_PORTS: readonly PortView[] = [{ name: '', protocol: '', port: NO_PORT }]

/** `name.namespace`, the order names have in DNS. */
export function serviceKeyOf(name: string, namespace: string): string {
  return `${name}.${namespace}`
}

export function viewService(service: Service): ServiceView {
  const { type, clusterIP = '', clusterIPs = [], ports = [], externalName = '' } = service.spec
  const addresses = clusterIPs.length > 0 ? clusterIPs : [clusterIP]
  const { name, namespace = '' } = service.metadata
  return {
    name,
    namespace,
    kind: type === 'ExternalName' ? 'external-name' : addresses.includes('None') ? 'headless' : 'cluster-ip',
    clusterIps: addresses,
    hosts: addresses.map(hostOf),
    ports: ports.length === 0 ? NO_PORTS : ports.map((port) => viewPort(port.name, port.protocol ?? 'TCP', port.port)),
    externalName: hostOf(externalName),
    owner: `${name}.${namespace}.svc`,
  }
}

export function viewSlice(slice: EndpointSlice): SliceView {
  const addresses: EndpointAddress[] = []
  for (const endpoint of slice.endpoints ?? []) {
    if (endpoint.conditions?.ready === false) continue
    const hostname = endpoint.hostname ?? ''
    const pod = endpoint.targetRef?.name ?? ''
    for (const address of endpoint.addresses) {
      const name = hostname === '' ? dashed(address) : hostname
      // A pod name of 64 characters or more is no label.
      const podName = hostname === '' && pod !== '' && pod.length < 64 ? pod : name
      addresses.push({ address, host: hostOf(address), name, podName })
    }
  }
  const ports = slice.ports ?? []
  return {
    addresses,
    ports: ports.length === 0 ? NO_PORTS : ports.map((port) => viewPort(port.name, port.protocol, port.port)),
  }
}

function viewPort(name: string | undefined, protocol: string | undefined, port: number | undefined): PortView {
  return { name: (name ?? '').toLowerCase(), protocol: (protocol ?? '').toLowerCase(), port: port ?? NO_PORT }
}

function dashed(address: string): string {
  if (addressFamily(address) !== 6) return address.replaceAll('.', '-')
  const text = address.replaceAll(':', '-')
  // A label must not end in a dash.
  return text.endsWith('-') ? `${text}0` : text
}
