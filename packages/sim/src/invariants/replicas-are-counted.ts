// A ReplicaSet's status counts the pods that are its: as many as it has, as many ready as are. Its controller has seen its newest spec.
// Source: kubernetes pkg/controller/replicaset/replica_set_utils.go (calculateStatus). Only those whose objects have changed are
// looked at.

import { isDeepStrictEqual } from 'node:util'
import { replicaSets, type Pod, type ReplicaSet } from '@podwire/apiserver'
import { inTouch } from './in-touch.ts'
import type { Invariant } from './invariant.ts'
import { PodGroups } from './pod-groups.ts'

export const replicasAreCounted: Invariant = {
  name: 'replicas-are-counted',
  watch({ composition }, changes) {
    const groups = new PodGroups((pod) => ownerOf(pod)?.uid)
    const sets = new Map<string, ReplicaSet>()
    /** By uid: those that were wrong, or that nobody could count. */
    let again = new Set<string>()
    return () => {
      const touched = groups.follow(changes)
      for (const uid of again) touched.add(uid)
      for (const { object, last } of changes.of(replicaSets)) {
        const { uid } = last.metadata
        if (object === undefined) sets.delete(uid)
        else sets.set(uid, object)
        touched.add(uid)
      }
      again = new Set()
      if (!composition.runs('replicaset-controller')) return []
      if (!inTouch(composition, 'kube-controller-manager')) {
        again = touched
        return []
      }
      return [...touched].flatMap((uid) => {
        const set = sets.get(uid)
        const problem = set === undefined ? undefined : problemOf(set, groups.of(uid))
        if (set === undefined || problem === undefined) return []
        again.add(uid)
        return [`ReplicaSet ${set.metadata.namespace}/${set.metadata.name}: ${problem}`]
      })
    }
  },
}

function problemOf({ metadata, status = { replicas: 0 } }: ReplicaSet, pods: readonly Pod[]): string | undefined {
  const { generation, deletionTimestamp } = metadata
  if (deletionTimestamp !== undefined) return undefined
  const { observedGeneration = 0, replicas, readyReplicas = 0 } = status
  if (observedGeneration !== generation) return `generation ${generation} was not seen, only ${observedGeneration}`
  const own = pods.filter(isActive)
  const counted = { replicas, ready: readyReplicas }
  const there = { replicas: own.length, ready: own.filter(isReady).length }
  if (isDeepStrictEqual(counted, there)) return undefined
  return `its status counts ${textOf(counted)}, and there are ${textOf(there)}`
}

const textOf = ({ replicas, ready }: { readonly replicas: number; readonly ready: number }): string =>
  `${replicas} pods, ${ready} ready`

function ownerOf({ metadata }: Pod): NonNullable<ReplicaSet['metadata']['ownerReferences']>[number] | undefined {
  return metadata.ownerReferences?.find(({ controller, kind }) => controller === true && kind === 'ReplicaSet')
}

function isActive({ metadata, status }: Pod): boolean {
  return status?.phase !== 'Succeeded' && status?.phase !== 'Failed' && metadata.deletionTimestamp === undefined
}

function isReady({ status }: Pod): boolean {
  return (status?.conditions ?? []).some(({ type, status: state }) => type === 'Ready' && state === 'True')
}
