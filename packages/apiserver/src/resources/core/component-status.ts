// ComponentStatuses: how the control plane's parts do, asked when somebody reads them and never stored.
// Source: kubernetes registry/core/componentstatus, printers printComponentStatus.
// Departure: all parts run in one process, so they are healthy as long as anybody is there to ask.

import type { ComponentStatus } from '../../objects/index.ts'
import { notFound } from '../../status/errors.ts'
import { defineResource } from '../define-resource.ts'
import { componentStatuses } from '../served-types.ts'
import { column, nameColumn } from '../tables/columns.ts'

const COMPONENTS: readonly ComponentStatus[] = ['controller-manager', 'etcd-0', 'scheduler'].map((name) =>
  Object.freeze({
    apiVersion: 'v1',
    kind: 'ComponentStatus',
    // It has a name and nothing else that objects have.
    metadata: { name } as ComponentStatus['metadata'],
    conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }],
  }),
)

function statusText({ conditions = [] }: ComponentStatus): string {
  const healthy = conditions.find(({ type }) => type === 'Healthy')
  return healthy === undefined ? 'Unknown' : healthy.status === 'True' ? 'Healthy' : 'Unhealthy'
}

const text = (field: 'error' | 'message') => (object: ComponentStatus) => object.conditions?.[0]?.[field] ?? ''

export const componentStatus = defineResource<ComponentStatus>({
  type: componentStatuses,
  singular: 'componentstatus',
  shortNames: ['cs'],
  schema: 'io.k8s.api.core.v1.ComponentStatus',
  verbs: ['get', 'list'],
  deprecationWarning: 'v1 ComponentStatus is deprecated in v1.19+',
  columns: [
    nameColumn(),
    column('Status', { description: 'Status of the component conditions' }, statusText),
    column('Message', { description: 'Message of the component conditions' }, text('message')),
    column('Error', { description: 'Error of the component conditions' }, text('error')),
  ],
  strategy: {},
  computed: {
    list: () => COMPONENTS,
    missing: (name) => notFound({ ...componentStatuses, resource: 'componentstatus' }, name),
  },
})
