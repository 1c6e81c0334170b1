// Where virtual nodes are reached on this machine: node address 172.18.0.2, or fc00:f853:ccd:e793::2 where nodes have IPv6 alone,
// is loopback address 127.18.0.2. When another podwire already serves there, the next block is taken: 127.19.0.2 and so on.

import { createServer, type Server } from 'node:net'
import { PodwireError } from '@podwire/engine'

const FIRST_BLOCK = 18
const BLOCKS = 100
/** Holding this port of a block's first address is holding the block. */
const CLAIM_PORT = 1052
/** The outside host, whose twin is the block's first address. */
export const OUTSIDE_ADDRESS = '172.18.0.1'

/** The loopback twin of an address of the node network, or of a load balancer: its last two bytes stay, of IPv6 too. */
export function hostAddressOf(nodeAddress: string, block: number): string {
  if (nodeAddress.includes(':')) {
    const last = Number.parseInt(nodeAddress.slice(nodeAddress.lastIndexOf(':') + 1) || '0', 16)
    return `127.${block}.${last >> 8}.${last & 0xff}`
  }
  const [, , third = '0', fourth = '1'] = nodeAddress.split('.')
  return `127.${block}.${third}.${fourth}`
}

export interface BlockClaim {
  /** 18 for 127.18.0.0/16. */
  readonly block: number
  release(): Promise<void>
}

/**
 * Takes a block of loopback addresses that no other cluster on this machine has.
 * @throws PodwireError when a hundred clusters are up already
 */
export async function claimBlock(): Promise<BlockClaim> {
  for (let block = FIRST_BLOCK; block < FIRST_BLOCK + BLOCKS; block++) {
    const server = await listenAlone(hostAddressOf(OUTSIDE_ADDRESS, block))
    if (server !== undefined) return { block, release: () => close(server) }
  }
  const remedy =
    'Stop a cluster that is not needed, or use a machine where 127.0.0.0/8 is the loopback network (Linux).'
  throw new PodwireError('open doors on the loopback network', `none of ${BLOCKS} address blocks can be had`, remedy)
}

/** Undefined when somebody has the address's claim port, or the machine has no such loopback address. */
function listenAlone(host: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy())
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined))
    server.listen({ host, port: CLAIM_PORT, exclusive: true }, () => resolve(server))
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
  })
}
