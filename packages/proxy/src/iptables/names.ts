// Names of chains: 16 characters of a hash behind a prefix, because the kernel allows 28. Source: kubernetes
// pkg/proxy/iptables/proxier.go, portProtoHash and servicePortEndpointChainName.

import { hash as digest } from 'node:crypto'

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The first 16 characters of base32(sha256(text)). */
export function chainHash(text: string): string {
  return named('', text)
}

/** `prefix` and the hash, in one flat string: hundreds of thousands of them are kept, sorted and looked up. */
function named(prefix: string, text: string): string {
  const bytes = digest('sha256', text, 'binary')
  let length = scratch.write(prefix, 0, 'latin1')
  const end = length + 16
  let buffer = 0
  let bits = 0
  for (let i = 0; length < end; i++) {
    buffer = ((buffer << 8) | bytes.charCodeAt(i)) & 0xffff
    bits += 8
    while (bits >= 5 && length < end) {
      bits -= 5
      scratch[length++] = BASE32.charCodeAt((buffer >>> bits) & 31)
    }
  }
  return scratch.toString('latin1', 0, end)
}

const scratch = Buffer.alloc(32)

export interface PortChainNames {
  /** Balances over the cluster's endpoints. */
  readonly cluster: string
  /** Balances over the node's own endpoints. */
  readonly local: string
  /** Where external traffic comes in. */
  readonly external: string
  /** Checks loadBalancerSourceRanges. */
  readonly firewall: string
}

/** @param portName `ns/name[:port]` */
export function portChainNames(portName: string, protocol: string): PortChainNames {
  const hash = chainHash(portName + protocol)
  return {
    cluster: `KUBE-SVC-${hash}`,
    local: `KUBE-SVL-${hash}`,
    external: `KUBE-EXT-${hash}`,
    firewall: `KUBE-FW-${hash}`,
  }
}

/** @param endpoint `ip:port` */
export function endpointChainName(portName: string, protocol: string, endpoint: string): string {
  return named('KUBE-SEP-', portName + protocol + endpoint)
}
