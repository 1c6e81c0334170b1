// Of an object's owners at least one exists, or the object is being collected. Source: kubernetes pkg/controller/garbagecollector: an
// object goes when none of its owners is left, or its finalizers hold it.

import type { KubeObject } from '@podwire/apiserver'
import type { Invariant } from './invariant.ts'

interface Dependent {
  readonly key: string
  readonly owners: readonly string[]
}

export const ownersExist: Invariant = {
  name: 'owners-exist',
  watch({ composition }, changes) {
    const uids = new Set<string>()
    const uidOf = new Map<string, string>()
    const dependents = new Map<string, Dependent>()
    const byOwner = new Map<string, Set<string>>()
    const orphans = new Set<string>()
    const forget = (key: string): void => {
      for (const owner of dependents.get(key)?.owners ?? []) byOwner.get(owner)?.delete(key)
      dependents.delete(key)
      orphans.delete(key)
    }
    const depend = (key: string, object: KubeObject): void => {
      const owners = (object.metadata.ownerReferences ?? []).map(({ uid }) => uid)
      if (owners.length === 0 || object.metadata.deletionTimestamp !== undefined) return
      dependents.set(key, { key, owners })
      for (const owner of owners) byOwner.set(owner, (byOwner.get(owner) ?? new Set()).add(key))
    }
    return () => {
      const touched = new Set<string>()
      for (const { key, object, last } of changes.all()) {
        const before = uidOf.get(key)
        const uid = object?.metadata.uid
        if (before !== undefined && before !== uid) uids.delete(before)
        if (uid === undefined) uidOf.delete(key)
        else {
          uidOf.set(key, uid)
          uids.add(uid)
        }
        forget(key)
        if (object !== undefined) depend(key, object)
        touched.add(key)
        for (const owned of [before, last.metadata.uid])
          for (const other of byOwner.get(owned ?? '') ?? []) touched.add(other)
      }
      for (const key of touched) {
        const dependent = dependents.get(key)
        if (dependent === undefined || dependent.owners.some((owner) => uids.has(owner))) orphans.delete(key)
        else orphans.add(key)
      }
      if (!composition.runs('garbage-collector-controller')) return []
      return [...orphans].map((key) => `${key} is owned by nobody that exists`)
    }
  },
}
