// Before a role or a binding is written: does its writer hold what it grants? See rbac/escalation.ts.

import { checkEscalation } from '../rbac/escalation.ts'
import { storedPolicy } from '../rbac/policy-source.ts'
import type { Write } from './write.ts'

export function checkGrants({ server, user, resource, namespace, name = '', object, old }: Write): void {
  if (user === undefined || resource.type.group !== 'rbac.authorization.k8s.io') return
  const { authorizer, store } = server
  checkEscalation({ policy: storedPolicy(store), authorizer, user, type: resource.type, namespace, name, object, old })
}
