// Records Kubernetes Events about objects, as client-go's EventRecorder does: repeats raise a count instead of adding objects.

import type { KubeObject } from '../objects/kube-object.ts'

export interface EventRecorder {
  /**
   * @param fieldPath e.g. `spec.containers{web}`
   */
  event(object: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string, fieldPath?: string): void
}
