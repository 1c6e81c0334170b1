// No rule jumps to a chain that is not there: a kernel would refuse the whole ruleset. Looked at are the rules of Services that have
// changed, on the first nodes; all nodes share one ruleset, and differ in local endpoints alone.

import type { Invariant } from './invariant.ts'
import { touchedServices } from './proxy-follows-slices.ts'

const NODES_LOOKED_AT = 3

export const rulesLeadSomewhere: Invariant = {
  name: 'rules-lead-somewhere',
  watch({ composition }, changes) {
    return () => {
      const touched = touchedServices(changes)
      if (touched.size === 0) return []
      return composition.nodes.names.slice(0, NODES_LOOKED_AT).flatMap((node) =>
        composition.proxy
          .audit(node)
          .danglingJumps(touched)
          .map((jump) => `${node}, table ${jump}, which is not there`),
      )
    }
  },
}
