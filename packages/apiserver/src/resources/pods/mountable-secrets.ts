// Service accounts that say so let their pods use no other Secrets than those they name. What the pod uses is looked at in order.
// Source: kubernetes plugin/pkg/admission/serviceaccount (limitSecretReferences, limitEphemeralContainerSecretReferences).

import type { PodSpec, ServiceAccount } from '../../objects/index.ts'
import type { AnyContainer } from './validation/pod-scope.ts'

const ANNOTATION = 'kubernetes.io/enforce-mountable-secrets'
/** What strconv.ParseBool takes for true. */
const TRUE: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True'])

function isLimited({ metadata: { annotations } }: ServiceAccount): boolean {
  return TRUE.has(annotations?.[ANNOTATION] ?? '')
}

/** Why a new pod may not run as the account; undefined when it may. */
export function secretsProblem(account: ServiceAccount, spec: PodSpec): string | undefined {
  if (!isLimited(account)) return undefined
  const allowed = namesOf(account.secrets)
  const { name } = account.metadata
  const volume = (spec.volumes ?? []).find(
    ({ secret }) => secret !== undefined && !allowed.has(secret.secretName ?? ''),
  )
  if (volume !== undefined) return refused('volume with', volume.secret?.secretName, name)
  const ofContainers =
    containersProblem('init container', spec.initContainers ?? [], allowed, name) ??
    containersProblem('container', spec.containers, allowed, name)
  if (ofContainers !== undefined) return ofContainers
  const pulling = namesOf(account.imagePullSecrets)
  const index = (spec.imagePullSecrets ?? []).findIndex((secret) => !pulling.has(secret.name ?? ''))
  if (index === -1) return undefined
  const pull = spec.imagePullSecrets?.[index]?.name ?? ''
  return `imagePullSecrets[${index}].name="${pull}" is not allowed because service account ${name} does not reference that imagePullSecret`
}

export function ephemeralSecretsProblem(account: ServiceAccount, spec: PodSpec): string | undefined {
  if (!isLimited(account)) return undefined
  const containers = spec.ephemeralContainers ?? []
  return containersProblem('ephemeral container', containers, namesOf(account.secrets), account.metadata.name)
}

function namesOf(references: readonly { readonly name?: string }[] = []): ReadonlySet<string> {
  return new Set(references.map(({ name = '' }) => name))
}

function containersProblem(
  kind: string,
  containers: readonly AnyContainer[],
  allowed: ReadonlySet<string>,
  account: string,
): string | undefined {
  for (const { name, env = [], envFrom = [] } of containers) {
    for (const variable of env) {
      const secret = variable.valueFrom?.secretKeyRef
      if (secret === undefined || allowed.has(secret.name ?? '')) continue
      return refused(`${kind} ${name} with envVar ${variable.name} referencing`, secret.name, account)
    }
    for (const { secretRef } of envFrom) {
      if (secretRef === undefined || allowed.has(secretRef.name ?? '')) continue
      return refused(`${kind} ${name} with envFrom referencing`, secretRef.name, account)
    }
  }
  return undefined
}

function refused(what: string, secret = '', account: string): string {
  return `${what} secret.secretName="${secret}" is not allowed because service account ${account} does not reference that secret`
}
