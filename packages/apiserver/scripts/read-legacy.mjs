// Models of API versions that are no longer served by a current server, from facts alone: @kubernetes/client-node has no
// classes for them. Their descriptions are those of the versions that replaced them.

import { fieldsOf, typeMeta } from './read-model.mjs'

/** Kinds of each package; everything they refer to within legacy packages comes along. */
const kinds = {
  'k8s.io.api.extensions.v1beta1': ['DaemonSet', 'Deployment', 'Ingress', 'NetworkPolicy', 'ReplicaSet', 'Scale'],
  'k8s.io.api.apps.v1beta1': ['ControllerRevision', 'Deployment', 'Scale', 'StatefulSet'],
  'k8s.io.api.apps.v1beta2': ['ControllerRevision', 'DaemonSet', 'Deployment', 'ReplicaSet', 'Scale', 'StatefulSet'],
  'k8s.io.api.autoscaling.v2beta1': ['HorizontalPodAutoscaler'],
  'k8s.io.api.autoscaling.v2beta2': ['HorizontalPodAutoscaler'],
  'k8s.io.api.batch.v1beta1': ['CronJob'],
  'k8s.io.api.coordination.v1beta1': ['Lease'],
  'k8s.io.api.discovery.v1beta1': ['EndpointSlice'],
  'k8s.io.api.events.v1beta1': ['Event'],
  'k8s.io.api.networking.v1beta1': ['Ingress', 'IngressClass'],
  'k8s.io.api.policy.v1beta1': ['Eviction', 'PodDisruptionBudget'],
  'k8s.io.api.rbac.v1beta1': ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'],
  'k8s.io.api.scheduling.v1beta1': ['PriorityClass'],
}

/** @returns {ReadonlyMap<string, object>} by package and message, in that order; shaped as the models of read-model.mjs */
export function readLegacy(facts) {
  const models = new Map()
  const waiting = Object.entries(kinds).flatMap(([name, members]) =>
    members.flatMap((kind) => [`${name}.${kind}`, `${name}.${kind}List`]),
  )
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const at = next.lastIndexOf('.')
    const [packageName, message] = [next.slice(0, at), next.slice(at + 1)]
    if (models.has(next) || kinds[packageName] === undefined || facts[packageName][message] === undefined) continue
    const model = readMessage(facts, packageName, message)
    models.set(next, model)
    for (const { fact } of model.fields) waiting.push(fact.type)
  }
  return new Map([...models].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function readMessage(facts, packageName, message) {
  const flat = [...fieldsOf(facts, packageName, message)]
  const named = Object.hasOwn(facts[packageName][message], 'metadata') ? ['apiVersion', 'kind'] : []
  const fields = [...named.map((name) => [name, typeMeta(name)]), ...flat].map(([name, { fact, proto }]) => ({
    name,
    required: fact.always === true && fact.optional !== true,
    fact,
    proto,
  }))
  return { message, package: packageName, fields }
}
