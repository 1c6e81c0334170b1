// The pod a replica manager creates: template labels, annotations and finalizers, a generated name, one owner.
// Source: kubernetes pkg/controller/controller_utils.go (GetPodFromTemplate).

import type { KubeObject, NewObject, OwnerReference, Pod, PodTemplateSpec } from '@podwire/apiserver'
import { invariant } from '@podwire/engine'

export function podFromTemplate(
  template: PodTemplateSpec,
  owner: KubeObject,
  reference: OwnerReference,
): NewObject<Pod> {
  const { spec, metadata } = template
  invariant(spec !== undefined, 'a stored pod template has a spec')
  const { name, namespace } = owner.metadata
  return {
    metadata: {
      generateName: `${name}-`,
      ...(namespace === undefined ? {} : { namespace }),
      ...(metadata?.labels === undefined ? {} : { labels: metadata.labels }),
      ...(metadata?.annotations === undefined ? {} : { annotations: metadata.annotations }),
      ...(metadata?.finalizers === undefined ? {} : { finalizers: metadata.finalizers }),
      ownerReferences: [reference],
    },
    spec,
  }
}
