// ServiceAccounts. Source: kubernetes core/validation ValidateServiceAccount, registry/core/serviceaccount.

import type { ServiceAccount } from '../../objects/index.ts'
import { defineResource } from '../define-resource.ts'
import { serviceAccounts } from '../served-types.ts'
import { ageColumn, nameColumn } from '../tables/columns.ts'

export const serviceAccount = defineResource<ServiceAccount>({
  type: serviceAccounts,
  singular: 'serviceaccount',
  shortNames: ['sa'],
  schema: 'io.k8s.api.core.v1.ServiceAccount',
  subresources: [
    { name: 'token', group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest', verbs: ['create'] },
  ],
  returnsDeletedObject: true,
  // 1.36 has no Secrets column any more (observed).
  columns: [nameColumn(), ageColumn()],
  strategy: {},
})
