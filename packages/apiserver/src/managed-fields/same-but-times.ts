// A write that would only move timestamps in managedFields stores nothing.
// Source: apiserver endpoints/handlers/fieldmanager/equality.go.

import type { ManagedFieldsEntry } from '../objects/kube-object.ts'
import { equalJson } from './equal.ts'

type Entries = readonly ManagedFieldsEntry[] | undefined

export function sameButForTimes(old: Entries, next: Entries): boolean {
  if (old === undefined || next === undefined || old.length !== next.length) return old === next
  return old.every((entry, index) => equalJson({ ...entry, time: '' }, { ...next[index], time: '' }))
}
