// The owners of a workload's replicas, as its /scale sees them and back. Source: apimachinery util/managedfields/scalehandler.go
// (a manager that comes in through /scale has no time: the real server looks it up among the workload's).

import type { ManagedFieldsEntry } from '../objects/kube-object.ts'
import { difference, fieldSetOf, has } from './field-set.ts'
import { identityOf, readManagers, writeManagers, type ManagerRecord } from './managers.ts'
import { fieldElement } from './path-element.ts'

const REPLICAS = [fieldElement('spec'), fieldElement('replicas')]
const ONLY_REPLICAS = fieldSetOf(REPLICAS)
const SCALE_VERSION = 'autoscaling/v1'

type Entries = readonly ManagedFieldsEntry[] | undefined

/** Where a workload has its replicas: `spec.replicas` unless the definition of a custom kind says otherwise. */
export type ReplicasPath = readonly string[]
const SPEC_REPLICAS: ReplicasPath = ['spec', 'replicas']

/** Entries of the Scale object made from those of the workload. */
export function ownersOfScale(parent: Entries, path: ReplicasPath = SPEC_REPLICAS): Entries {
  const replicas = path.map(fieldElement)
  const managers = new Map<string, ManagerRecord>()
  for (const record of (readManagers(parent) ?? new Map<string, ManagerRecord>()).values()) {
    if (!has(record.fields, replicas)) continue
    const scaled = { ...record, apiVersion: SCALE_VERSION, fields: ONLY_REPLICAS }
    managers.set(identityOf(scaled), scaled)
  }
  return writeManagers(managers)
}

/** Entries of the workload after its Scale was written. @param apiVersion of the workload */
export function ownersFromScale(
  parent: Entries,
  scale: Entries,
  apiVersion: string,
  path: ReplicasPath = SPEC_REPLICAS,
): Entries {
  const replicas = path.map(fieldElement)
  const onlyReplicas = fieldSetOf(replicas)
  const scaleManagers = new Map(readManagers(scale) ?? [])
  const managers = new Map<string, ManagerRecord>()
  const times = new Map<string, string | undefined>()
  for (const [identity, record] of readManagers(parent) ?? new Map<string, ManagerRecord>()) {
    times.set(identity, record.time)
    if (!has(record.fields, replicas)) managers.set(identity, record)
    // Appliers alone are the same in both versions: who updated loses the replicas here and gets an entry of their own below.
    else if (scaleManagers.delete(identity)) managers.set(identity, record)
    else {
      const fields = difference(record.fields, onlyReplicas)
      if (fields.size > 0) managers.set(identity, { ...record, fields })
    }
  }
  for (const [identity, record] of scaleManagers) {
    if (!has(record.fields, REPLICAS)) continue
    managers.set(identity, { ...record, apiVersion, fields: onlyReplicas, time: times.get(identity) })
  }
  return writeManagers(managers)
}
