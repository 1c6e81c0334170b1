// Texts several tables share: label maps, selectors, clipped lists, containers of a template.
// Source: kubernetes pkg/printers/internalversion/printers.go, apimachinery labels.FormatLabels and FormatLabelSelector.

import { compareKeys } from '@podwire/engine'
import type { Container, PodTemplateSpec } from '../../objects/index.ts'
import type { KubeObject } from '../../objects/kube-object.ts'
import type { Column } from '../resource.ts'
import { column } from './columns.ts'

export const NONE = '<none>'

/** `a=1,b=2` by key, or `<none>`. */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  const entries = Object.entries(labels ?? {}).sort(compareKeys)
  return entries.length === 0 ? NONE : entries.map(([key, value]) => `${key}=${value}`).join(',')
}

/** The first three, then how many are left out of `total`. */
export function clipped(items: readonly string[], total = items.length): string {
  const shown = items.slice(0, 3).join(',')
  return total > 3 ? `${shown} + ${total - 3} more...` : shown
}

/** The wide columns of workloads: Containers, Images, Selector. */
export function templateColumns<T extends KubeObject>(
  template: (object: T) => PodTemplateSpec | undefined,
  selector: { readonly description: string; readonly text: (object: T) => string },
): readonly Column<T>[] {
  const containers = (object: T): readonly Container[] => template(object)?.spec?.containers ?? []
  return [
    column('Containers', { description: 'Names of each container in the template.', wide: true }, (object) =>
      containers(object)
        .map((container) => container.name)
        .join(','),
    ),
    column('Images', { description: 'Images referenced by each container in the template.', wide: true }, (object) =>
      containers(object)
        .map((container) => container.image)
        .join(','),
    ),
    column('Selector', { description: selector.description, wide: true }, selector.text),
  ]
}
