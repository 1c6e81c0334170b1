// Fills in the rules of aggregated ClusterRoles from the roles their selectors choose, whenever one of these changes.
// Source: kubernetes pkg/controller/clusterroleaggregation.

import {
  aggregatedRules,
  type ClusterRole,
  clusterRoles,
  createWorkQueue,
  isConflict,
  isNotFound,
} from '@podwire/apiserver'
import type { ControllerDefinition } from '../manager/controller.ts'
import { accountLatency } from '../manager/latency.ts'
import { semanticEqual } from '../objects/semantic-equal.ts'

export const clusterRoleAggregationController: ControllerDefinition = {
  name: 'clusterrole-aggregation-controller',
  start: ({ engine, client, informers }) => {
    const informer = informers.informer(clusterRoles)
    const queue = createWorkQueue({
      engine,
      name: 'clusterrole-aggregation-controller',
      latency: accountLatency,
      process: (name) => {
        const role = client.find(clusterRoles, { name })
        if (role?.aggregationRule === undefined) return
        const rules = aggregatedRules(role, client.list(clusterRoles).items)
        if (semanticEqual(rules, role.rules ?? [])) return
        try {
          client.update(clusterRoles, { ...role, rules })
        } catch (error) {
          if (!isNotFound(error) && !isConflict(error)) throw error
        }
      },
    })
    // Any role may be a part of any aggregated one; there are few of these.
    informer.onChange(({ object, old }) => {
      if (old !== undefined && sameParts(object, old)) return
      for (const role of informer.list()) if (role.aggregationRule !== undefined) queue.add(role.metadata.name)
    })
    return queue
  },
}

function sameParts(role: ClusterRole, old: ClusterRole): boolean {
  return (
    semanticEqual(role.rules, old.rules) &&
    semanticEqual(role.metadata.labels, old.metadata.labels) &&
    semanticEqual(role.aggregationRule, old.aggregationRule)
  )
}
