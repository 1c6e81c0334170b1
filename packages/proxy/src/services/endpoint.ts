// Endpoints of a service port: the union of the Service's EndpointSlices, matched by port name and protocol.
// Source: kubernetes pkg/proxy/endpointslicecache.go and endpoint.go (v1.18 to v1.36). Departure: from 1.19 to 1.21 one address of a named
// port counted once, whatever its port numbers.

import type { EndpointSlice } from '@podwire/apiserver'
import { canonicalAddress, familyOf, hostPort } from '../addresses/ip.ts'
import type { IpFamily } from '../dataplane/packet.ts'
import { isPort, type ServiceProtocol } from './service-port.ts'

export interface Endpoint {
  /** `ip:port`, `[ip]:port`: its identity within a service port, and the order of rules. */
  readonly text: string
  readonly address: string
  readonly port: number
  readonly nodeName: string | undefined
  readonly ready: boolean
  readonly serving: boolean
  readonly terminating: boolean
  readonly zoneHints: readonly string[]
  readonly nodeHints: readonly string[]
  /** What counts in its place on these nodes: up to 1.35, of several with one address and port, their own. */
  readonly onNodes?: ReadonlyMap<string, Endpoint>
}

/** Of several endpoints with one address and port counts whatever is not terminating; up to 1.35 the node's own, or the first. */
export type Duplicates = 'running' | 'own'

const NO_HINTS: readonly string[] = []

type SliceEndpoint = NonNullable<EndpointSlice['endpoints']>[number]

/** The endpoints of one port, each ip:port once, in the order of their text. */
export function endpointsOf(
  slices: readonly EndpointSlice[],
  family: IpFamily,
  portName: string,
  protocol: ServiceProtocol,
  duplicates: Duplicates,
): readonly Endpoint[] {
  const found = new Map<string, Endpoint>()
  for (const slice of slices) {
    if (slice.addressType !== (family === 'ipv4' ? 'IPv4' : 'IPv6')) continue
    for (const port of slice.ports ?? []) {
      // A port without name or number is skipped, as upstream does: such slices mean "all ports", which kube-proxy cannot serve.
      if (port.name !== portName || !isPort(port.port)) continue
      if ((port.protocol ?? 'TCP').toLowerCase() !== protocol) continue
      for (const endpoint of slice.endpoints ?? []) addEndpoint(found, endpoint, port.port, family, duplicates)
    }
  }
  return [...found.values()].sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
}

/** Endpoints as a node sees them. */
export function seenFrom(endpoints: readonly Endpoint[], nodeName: string): readonly Endpoint[] {
  if (!endpoints.some(({ onNodes }) => onNodes !== undefined)) return endpoints
  return endpoints.map((endpoint) => endpoint.onNodes?.get(nodeName) ?? endpoint)
}

/** The first of equal ones stays, unless a later one is not terminating: running beats terminating. */
function addEndpoint(
  found: Map<string, Endpoint>,
  raw: SliceEndpoint,
  port: number,
  family: IpFamily,
  duplicates: Duplicates,
): void {
  const address = canonicalAddress(raw.addresses[0] ?? '')
  if (address === undefined || familyOf(address) !== family) return
  const text = hostPort(address, port)
  const { conditions, hints } = raw
  const terminating = conditions?.terminating ?? false
  const known = found.get(text)
  if (known !== undefined && duplicates === 'running' && terminating) return
  const endpoint: Endpoint = {
    text,
    address,
    port,
    nodeName: raw.nodeName,
    ready: conditions?.ready ?? true,
    serving: conditions?.serving ?? true,
    terminating,
    zoneHints: hints?.forZones?.map((zone) => zone.name) ?? NO_HINTS,
    nodeHints: hints?.forNodes?.map((node) => node.name) ?? NO_HINTS,
  }
  if (known === undefined || duplicates === 'running') found.set(text, endpoint)
  else if (raw.nodeName) {
    found.set(text, { ...known, onNodes: new Map([...(known.onNodes ?? []), [raw.nodeName, endpoint]]) })
  }
}
