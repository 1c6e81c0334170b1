// Refusing an apply because others own what it would change.
// Source: apimachinery util/managedfields/internal/conflict.go, structured-merge-diff merge/conflict.go.

import { compareText } from '@podwire/engine'
import { StatusError } from '../status/status-error.ts'
import { quote } from '../validation/field-errors.ts'
import { paths, type FieldSet } from './field-set.ts'
import type { ManagerName } from './managers.ts'
import { printPath } from './path-element.ts'

/** Fields a manager owns that an apply would change, by the manager's identity. */
export interface Conflict {
  readonly identity: string
  readonly owner: ManagerName
  readonly fields: FieldSet
}

/** 409 with one cause a field, managers in order. */
export function applyConflict(conflicts: readonly Conflict[]): StatusError {
  const ordered = [...conflicts].sort((a, b) => compareText(a.identity, b.identity))
  const causes = ordered.flatMap(({ owner, fields }) =>
    [...paths(fields)].map((path) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${printManager(owner)}`,
      field: printPath(path),
    })),
  )
  return new StatusError(409, 'Conflict', messageOf(ordered, causes), { causes })
}

function messageOf(
  conflicts: readonly Conflict[],
  causes: readonly { readonly message: string; readonly field: string }[],
): string {
  const [only] = causes
  if (causes.length === 1 && only !== undefined) return `Apply failed with 1 conflict: ${only.message}: ${only.field}`
  const lines = conflicts.flatMap(({ owner, fields }) => [
    `conflicts with ${printManager(owner)}:`,
    ...[...paths(fields)].map((path) => `- ${printPath(path)}`),
  ])
  return `Apply failed with ${causes.length} conflicts: ${lines.join('\n')}`
}

function printManager({ manager, operation, apiVersion, subresource }: ManagerName): string {
  const through = subresource === '' ? '' : ` with subresource ${quote(subresource)}`
  const version = operation === 'Update' ? ` using ${apiVersion}` : ''
  return `${quote(manager)}${through}${version}`
}
