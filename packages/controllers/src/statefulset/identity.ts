// Stable identities: names, host names and the labels that carry them; the pod of an ordinal. Pure.
// Source: kubernetes pkg/controller/statefulset/stateful_set_utils.go.

import type { NewObject, Pod, PodTemplateSpec, StatefulSet } from '@podwire/apiserver'
import { controllerReference } from '../objects/owner.ts'
import { podFromTemplate } from '../replicas/pod-from-template.ts'
import { withClaimVolumes } from './claims.ts'

export const REVISION_LABEL = 'controller-revision-hash'
const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name'
const POD_INDEX_LABEL = 'apps.kubernetes.io/pod-index'

export function revisionOf(pod: Pod): string | undefined {
  return pod.metadata.labels?.[REVISION_LABEL]
}

function identityLabels(name: string, ordinal: number): Readonly<Record<string, string>> {
  return { [POD_NAME_LABEL]: name, [POD_INDEX_LABEL]: String(ordinal) }
}

/** Labels the pod lost; undefined when it has its identity. The label of its index alone is not missed. */
export function missingIdentity(pod: Pod, ordinal: number): Readonly<Record<string, string>> | undefined {
  const { name, labels } = pod.metadata
  return labels?.[POD_NAME_LABEL] === name ? undefined : identityLabels(name, ordinal)
}

export function podOfOrdinal(
  set: StatefulSet,
  ordinal: number,
  template: PodTemplateSpec,
  revision: string,
): NewObject<Pod> {
  const pod = podFromTemplate(template, set, controllerReference(set, 'apps/v1', 'StatefulSet'))
  const name = `${set.metadata.name}-${ordinal}`
  const { serviceName } = set.spec
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      name,
      labels: { ...pod.metadata.labels, ...identityLabels(name, ordinal), [REVISION_LABEL]: revision },
    },
    spec: {
      ...withClaimVolumes(set, ordinal, pod.spec),
      hostname: name,
      ...(serviceName === undefined || serviceName === '' ? {} : { subdomain: serviceName }),
    },
  }
}
