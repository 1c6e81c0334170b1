// What a writer needs beyond the right to this request: before a role or a binding is written, what it grants
// (rbac/escalation.ts); before a PUT or an apply creates, the right to create.
// Source: apiserver endpoints/handlers/update.go (withAuthorization).

import { forbidden } from '../http/authorization.ts'
import { checkEscalation } from '../rbac/escalation.ts'
import { storedPolicy } from '../rbac/policy-source.ts'
import type { Write } from './write.ts'

export function checkGrants({ server, user, resource, namespace, name = '', object, old }: Write): void {
  if (user === undefined || resource.type.group !== 'rbac.authorization.k8s.io') return
  const { authorizer, store } = server
  checkEscalation({ policy: storedPolicy(store), authorizer, user, type: resource.type, namespace, name, object, old })
}

/** @throws StatusError 403 */
export function authorizeCreation({
  server,
  user,
  createsOnUpdate,
  resource: { type },
  namespace,
  name = '',
}: Write): void {
  if (user === undefined || !createsOnUpdate) return
  const { group, resource } = type
  const asked = { kind: 'resource', verb: 'create', group, resource, subresource: '', namespace, name } as const
  const { allowed, reason } = server.authorizer.authorize(user, asked)
  if (!allowed) throw forbidden(user, asked, reason)
}
