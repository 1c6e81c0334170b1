// Warnings about workloads: their names when they are new, their templates whenever the generation rises.
// Source: WarningsOnCreate and WarningsOnUpdate of kubernetes pkg/registry/apps/*/strategy.go and core/replicationcontroller.

import type { PodTemplateSpec } from '../../objects/index.ts'
import type { KubeObject } from '../../objects/kube-object.ts'
import { isNewGeneration } from '../compare.ts'
import { warnAboutPodSpec, warnAboutWorkloadName } from '../pods/pod-warnings.ts'

export function warnAboutWorkload(
  workload: KubeObject,
  template: PodTemplateSpec | undefined,
  warn: (text: string) => void,
  old: KubeObject | undefined,
): void {
  if (old === undefined) warnAboutWorkloadName(workload.metadata.name, warn)
  if (template?.spec !== undefined && isNewGeneration(workload, old)) {
    warnAboutPodSpec(template.spec, 'spec.template.spec', warn, template.metadata)
  }
}
