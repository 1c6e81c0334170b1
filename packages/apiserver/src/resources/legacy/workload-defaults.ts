// What the beta versions of workloads filled in: selectors and labels from the template, and other numbers than apps/v1.
// Source: kubernetes apis/extensions/v1beta1, apis/apps/v1beta1 and apis/apps/v1beta2 (defaults.go).

import type { Mutable } from '../resource.ts'
import { asFields, type Fields, type LegacyObject } from './legacy-version.ts'

type Draft = Mutable<LegacyObject>

/** Fields of the spec that are not there yet. */
export function specDefaults(object: Draft, defaults: Fields): void {
  object.spec = { ...defaults, ...object.spec }
}

/** Labels of the template stand in for a selector and for labels of the workload. */
export function fromTemplateLabels(object: Draft): void {
  const template = asFields(object.spec?.['template'])
  const labels = asFields(asFields(template?.['metadata'])?.['labels'])
  if (labels === undefined || Object.keys(labels).length === 0) return
  if (object.spec?.['selector'] === undefined)
    object.spec = { ...object.spec, selector: { matchLabels: { ...labels } } }
  const own = object.metadata.labels ?? {}
  if (Object.keys(own).length === 0) object.metadata.labels = { ...labels } as Record<string, string>
}

/** A rolling update's numbers, where the strategy is one. */
export function rollingDefaults(object: Draft, name: string, type: string, rollingUpdate: Fields): void {
  const given = asFields(object.spec?.[name]) ?? {}
  const strategy = { ...given, type: given['type'] ?? type }
  const rolls = strategy.type === 'RollingUpdate' && Object.keys(rollingUpdate).length > 0
  const numbers = { ...rollingUpdate, ...asFields(given['rollingUpdate']) }
  object.spec = { ...object.spec, [name]: rolls ? { ...strategy, rollingUpdate: numbers } : strategy }
}
