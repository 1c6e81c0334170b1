// Names of chains and sets in nftables mode: a short hash, and the service port in clear. Source: kubernetes
// pkg/proxy/nftables/proxier.go, hashAndTruncate, servicePortChainName (v1.36) and truncateNFTablesComment (pull request 139516: up to
// v1.36.2 one comment too long for nft makes the whole sync fail, so that nothing is written at all).

import { chainHash } from '../iptables/names.ts'
import type { Endpoint } from '../services/endpoint.ts'
import type { ServicePort } from '../services/service-port.ts'

const LONGEST = 240
const LONGEST_COMMENT = 128

export interface PortNames {
  readonly cluster: string
  readonly local: string
  readonly external: string
  readonly firewall: string
}

/** @param service `ns/name` */
export function portNames(service: string, port: ServicePort): PortNames {
  const name = hashed(portBase(service, port))
  return {
    cluster: `service-${name}`,
    local: `local-${name}`,
    external: `external-${name}`,
    firewall: `firewall-${name}`,
  }
}

export interface EndpointNames {
  readonly chain: string
  readonly affinity: string
}

export function endpointNames(service: string, port: ServicePort, endpoint: Endpoint): EndpointNames {
  // Names may not have colons.
  const address = endpoint.address.replaceAll(':', '.')
  const name = hashed(`${portBase(service, port)}__${address}/${endpoint.port}`)
  return { chain: `endpoint-${name}`, affinity: `affinity-${name}` }
}

/** What elements say about the service port they are of. */
export const commentOf = ({ name }: ServicePort): string => name.slice(0, LONGEST_COMMENT)

const portBase = (service: string, port: ServicePort): string => `${service}/${port.protocol}/${port.portName}`

function hashed(base: string): string {
  const name = `${chainHash(base).slice(0, 8)}-${base}`
  return name.length > LONGEST ? `${name.slice(0, LONGEST - 3)}...` : name
}
