// The columns of autoscaling/v1 Scale, which no resource of its own serves: it is answered by the scale subresources.
// Source: pkg/printers/internalversion (addTableConvertor for Scale), as recorded.

import { scaleColumns } from '../custom-resources/columns.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import type { Column, Resource } from '../resources/resource.ts'

interface Scale extends KubeObject {
  readonly spec?: { readonly replicas?: number }
  readonly status?: { readonly replicas?: number }
}

function column(name: string, description: string, cell: (scale: Scale) => number): Column {
  return { name, type: 'integer', format: '', description, priority: 0, cell: (object) => cell(object as Scale) }
}

/** The parent resource dressed for a Scale: name and age as the parent prints them, replicas in between. */
export function scaleTable(parent: Resource): Resource {
  if (parent.custom !== undefined) return { ...parent, columns: scaleColumns() }
  const name = parent.columns.find((entry) => entry.format === 'name')
  const age = parent.columns.find((entry) => entry.name === 'Age')
  const columns: readonly Column[] = [
    ...(name === undefined ? [] : [{ ...name, format: '' }]),
    column(
      'Desired',
      'replicas is the desired number of instances for the scaled object.',
      (scale) => scale.spec?.replicas ?? 0,
    ),
    column(
      'Available',
      'replicas is the actual number of observed instances of the scaled object.',
      (scale) => scale.status?.replicas ?? 0,
    ),
    ...(age === undefined ? [] : [age]),
  ]
  const { rowConditions: _none, ...rest } = parent
  return { ...rest, columns }
}
