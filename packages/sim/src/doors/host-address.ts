// Where virtual nodes are reached on this machine: node address 172.18.0.2 is loopback address 127.18.0.2. When another
// podwire already serves there, the next block is taken: 127.19.0.2 and so on.

import { PodwireError } from '@podwire/engine'

const FIRST_BLOCK = 18
const BLOCKS = 100

/** The loopback twin of an address of the node network. */
export function hostAddressOf(nodeAddress: string, block: number): string {
  const [, , third = '0', fourth = '1'] = nodeAddress.split('.')
  return `127.${block}.${third}.${fourth}`
}

/**
 * Finds a block nobody uses: `claim` tries to take it and says whether that worked.
 * @throws PodwireError when a hundred clusters are up already
 */
export async function claimBlock(claim: (block: number) => Promise<boolean>): Promise<number> {
  for (let block = FIRST_BLOCK; block < FIRST_BLOCK + BLOCKS; block++) if (await claim(block)) return block
  throw new PodwireError(
    'open doors on the loopback network',
    `all ${BLOCKS} address blocks are taken`,
    'Stop a cluster that is not needed.',
  )
}
