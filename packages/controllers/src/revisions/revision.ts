// ControllerRevisions: the pod templates a DaemonSet or StatefulSet has had, as objects. Pure.
// Source: kubernetes pkg/controller/history, daemon/update.go (getPatch, cleanupHistory), statefulset/stateful_set_utils.go.

import { compareText } from '@podwire/engine'
import type { ControllerRevision, PodTemplateSpec } from '@podwire/apiserver'
import { semanticEqual } from '../objects/semantic-equal.ts'

/** The strategic merge patch that brings a template back; kubectl rollout undo sends it as it is. */
export function revisionData(template: PodTemplateSpec): { spec: { template: PodTemplateSpec & { $patch: string } } } {
  return { spec: { template: { ...template, $patch: 'replace' } } }
}

/** The template a revision holds; undefined when its data is something else. */
export function templateOf(revision: ControllerRevision): PodTemplateSpec | undefined {
  const { data } = revision
  if (typeof data !== 'object' || data === null || !('spec' in data)) return undefined
  const { spec } = data
  if (typeof spec !== 'object' || spec === null || !('template' in spec)) return undefined
  const { template } = spec
  if (typeof template !== 'object' || template === null) return undefined
  const { $patch: _, ...rest } = template as PodTemplateSpec & { $patch?: string }
  return rest
}

export function holdsTemplate(revision: ControllerRevision, template: PodTemplateSpec): boolean {
  return semanticEqual(revision.data, revisionData(template))
}

/** Oldest first. */
export function byRevision(revisions: readonly ControllerRevision[]): readonly ControllerRevision[] {
  return [...revisions].sort((a, b) => a.revision - b.revision || compareText(a.metadata.name, b.metadata.name))
}

export function oldestOf(revisions: readonly ControllerRevision[], count: number): readonly ControllerRevision[] {
  return byRevision(revisions).slice(0, Math.max(0, count))
}
