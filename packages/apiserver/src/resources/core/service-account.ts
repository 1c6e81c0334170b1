// ServiceAccounts. Source: kubernetes core/validation ValidateServiceAccount, registry/core/serviceaccount.

import type { ServiceAccount } from '../../objects/index.ts'
import { defineResource } from '../define-resource.ts'
import type { Mutable, StrategyContext } from '../resource.ts'
import { serviceAccounts } from '../served-types.ts'
import { ageColumn, nameColumn } from '../tables/columns.ts'

/** Secrets are referred to by name: what else a reference may say is not kept. */
function keepNames(account: Mutable<ServiceAccount>): void {
  if (account.secrets === undefined) return
  account.secrets = account.secrets.map(({ name }) => (name === undefined || name === '' ? {} : { name }))
}

const MOUNTABLE = 'kubernetes.io/enforce-mountable-secrets'

function warn({ metadata }: ServiceAccount, context: StrategyContext, old?: ServiceAccount): void {
  if (metadata.annotations?.[MOUNTABLE] === undefined || old?.metadata.annotations?.[MOUNTABLE] !== undefined) return
  const text = 'deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets'
  context.warn(`metadata.annotations[${MOUNTABLE}]: ${text}`)
}

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
  strategy: { prepareForCreate: keepNames, prepareForUpdate: keepNames, warn },
})
