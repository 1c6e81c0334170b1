// Which node answers for an address in layer 2 mode. Every speaker works it out for itself, from the same candidates: the lowest
// SHA-256 of `node#address` wins, so that a loser who leaves moves nothing and a winner who comes back takes it again.
// Source: metallb speaker/layer2_controller.go (ShouldAnnounce, sortL2Candidates).

import { createHash } from 'node:crypto'

/** @param key the first address; through release 0.10 `NAMESPACE/NAME` */
export function electionOrder(nodes: readonly string[], key: string): readonly string[] {
  const ranked = nodes.map((node) => ({ node, rank: createHash('sha256').update(`${node}#${key}`).digest('hex') }))
  return ranked.toSorted((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0)).map(({ node }) => node)
}
