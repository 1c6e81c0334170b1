// Which pods belong with a pod that names no spread of its own: those its Services and its ReplicaSet, ReplicationController or
// StatefulSet select, all together. Source: kube-scheduler framework/plugins/helper (DefaultSelector).

import {
  type InformerFactory,
  type LabelSelector,
  objectKey,
  type Pod,
  replicaSets,
  replicationControllers,
  services,
  statefulSets,
} from '@podwire/apiserver'
import { controllerOf } from '../objects/owner.ts'
import { SelectorIndex } from '../services/selector-index.ts'
import { type PodSelector, spreadSelector } from './pod-selector.ts'

export function watchDefaultSelectors(informers: InformerFactory): (pod: Pod) => PodSelector | undefined {
  const serviceInformer = informers.informer(services)
  const index = new SelectorIndex()
  serviceInformer.onChange(({ type, object }) => {
    if (type === 'deleted') index.delete(objectKey(object))
    else index.set(object)
  })
  const sets = informers.informer(replicaSets)
  const controllers = informers.informer(replicationControllers)
  const statefuls = informers.informer(statefulSets)
  const ownersSelector = (pod: Pod): LabelSelector | undefined => {
    const owner = controllerOf(pod)
    const { namespace } = pod.metadata
    if (owner?.apiVersion === 'apps/v1' && owner.kind === 'ReplicaSet')
      return sets.get(namespace, owner.name)?.spec.selector
    if (owner?.apiVersion === 'apps/v1' && owner.kind === 'StatefulSet')
      return statefuls.get(namespace, owner.name)?.spec.selector
    if (owner?.apiVersion !== 'v1' || owner.kind !== 'ReplicationController') return undefined
    const matchLabels = controllers.get(namespace, owner.name)?.spec.selector
    return matchLabels === undefined ? undefined : { matchLabels }
  }
  return (pod) => {
    const { namespace = '', labels } = pod.metadata
    const own = ownersSelector(pod)
    const matchLabels: Record<string, string> = {}
    for (const key of index.matching(namespace, labels)) {
      Object.assign(matchLabels, serviceInformer.get(namespace, key.slice(namespace.length + 1))?.spec.selector)
    }
    Object.assign(matchLabels, own?.matchLabels)
    const matchExpressions = own?.matchExpressions ?? []
    if (Object.keys(matchLabels).length + matchExpressions.length === 0) return undefined
    return spreadSelector(namespace, { matchLabels, ...(matchExpressions.length === 0 ? {} : { matchExpressions }) })
  }
}
