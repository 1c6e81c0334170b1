// Builders of table columns and the two columns nearly every kind has. Source: kubernetes pkg/printers.

import type { Clock } from '@podwire/engine'
import type { KubeObject } from '../../objects/kube-object.ts'
import type { Column } from '../resource.ts'
import { age } from './human-duration.ts'

interface ColumnOptions {
  readonly type?: Column['type']
  readonly description: string
  readonly wide?: boolean
}

/** A column; `wide` ones show only with `-o wide`. */
export function column<T extends KubeObject>(
  name: string,
  { type = 'string', description, wide = false }: ColumnOptions,
  cell: (object: T, context: { readonly clock: Clock }) => string | number | boolean | null,
): Column<T> {
  return { name, type, format: '', description, priority: wide ? 1 : 0, cell }
}

const NAME_DESCRIPTION =
  'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a ' +
  'client to request the generation of an appropriate name automatically. Name is primarily intended for creation ' +
  'idempotence and configuration definition. Cannot be updated. More info: ' +
  'https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names'

export const AGE_DESCRIPTION =
  'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to ' +
  'be set in happens-before order across separate operations. Clients may not set this value. It is represented in ' +
  'RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: ' +
  'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata'

export function nameColumn<T extends KubeObject>(options: { readonly wide?: boolean } = {}): Column<T> {
  return {
    ...column<T>('Name', { description: NAME_DESCRIPTION, ...options }, (object) => object.metadata.name),
    format: 'name',
  }
}

export function ageColumn<T extends KubeObject>(): Column<T> {
  return column('Age', { description: AGE_DESCRIPTION }, (object, { clock }) =>
    age(object.metadata.creationTimestamp, clock),
  )
}

/** The default table of kinds without a printer shows the moment itself. */
export function createdAtColumn<T extends KubeObject>(): Column<T> {
  return column(
    'Created At',
    { type: 'date', description: AGE_DESCRIPTION },
    (object) => object.metadata.creationTimestamp || '0001-01-01T00:00:00Z',
  )
}
