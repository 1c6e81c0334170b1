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

/** Of the chains of one service port. Packets find their way without: the hash is made for who reads. */
export class PortChainNames {
  readonly #text: string
  #hash: string | undefined
  #cluster: string | undefined
  #local: string | undefined
  #external: string | undefined
  #firewall: string | undefined

  /** @param portName `ns/name[:port]` */
  constructor(portName: string, protocol: string) {
    this.#text = portName + protocol
  }

  /** Balances over the cluster's endpoints. */
  get cluster(): string {
    return (this.#cluster ??= `KUBE-SVC-${this.#hashed()}`)
  }

  /** Balances over the node's own endpoints. */
  get local(): string {
    return (this.#local ??= `KUBE-SVL-${this.#hashed()}`)
  }

  /** Where external traffic comes in. */
  get external(): string {
    return (this.#external ??= `KUBE-EXT-${this.#hashed()}`)
  }

  /** Checks loadBalancerSourceRanges. */
  get firewall(): string {
    return (this.#firewall ??= `KUBE-FW-${this.#hashed()}`)
  }

  #hashed(): string {
    return (this.#hash ??= chainHash(this.#text))
  }
}

/** @param endpoint `ip:port` */
export function endpointChainName(portName: string, protocol: string, endpoint: string): string {
  return named('KUBE-SEP-', portName + protocol + endpoint)
}
