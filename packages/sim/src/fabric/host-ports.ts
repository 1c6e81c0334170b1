// Ports of a node that lead to pods (hostPort): what the portmap CNI plugin writes into CNI-HOSTPORT-DNAT. The node's data plane
// asks after kube-proxy's rules; conntrack takes the translation back. Source: containernetworking/plugins (meta/portmap).

import type { HostPortTarget, Protocol } from '@podwire/proxy'
import { familyOf, isLoopback } from './address.ts'

export interface HostPortMapping {
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  /** Empty: any address of the node. */
  readonly hostIP: string
  readonly hostPort: number
  readonly podIP: string
  readonly podPort: number
}

export class HostPorts {
  readonly #mappings = new Map<string, HostPortMapping[]>()

  add(mapping: HostPortMapping): void {
    const key = keyOf(mapping.protocol, mapping.hostPort)
    const known = this.#mappings.get(key)
    if (known === undefined) this.#mappings.set(key, [mapping])
    else known.push(mapping)
  }

  /** All mappings to a pod's address go. */
  removePod(podIP: string): void {
    for (const [key, mappings] of this.#mappings) {
      const left = mappings.filter((mapping) => mapping.podIP !== podIP)
      if (left.length === 0) this.#mappings.delete(key)
      else if (left.length < mappings.length) this.#mappings.set(key, left)
    }
  }

  /** @param isNeighbour is the sender a pod of this node? Its answers would not pass the node otherwise */
  find(
    protocol: Protocol,
    source: string,
    address: string,
    port: number,
    isNeighbour: (source: string) => boolean,
  ): HostPortTarget | undefined {
    if (this.#mappings.size === 0) return undefined
    const family = familyOf(address)
    const found = this.#mappings
      .get(keyOf(protocol, port))
      ?.find(({ hostIP, podIP }) => familyOf(podIP) === family && (hostIP === '' || hostIP === address))
    if (found === undefined) return undefined
    // No IPv6 packet with a loopback address leaves its machine, masqueraded or not: [::1] has no host ports.
    const masquerade = (family === 4 && isLoopback(source)) || isNeighbour(source)
    return { address: found.podIP, port: found.podPort, masquerade }
  }
}

function keyOf(protocol: Protocol, port: number): string {
  return `${protocol}/${port}`
}
