// Label and field selectors of one request, compiled for one kind, and what they say about which watches to file where.

import { parseFieldSelector, parseLabelSelector, type FieldSelector } from '../selectors/index.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import type { Resource } from '../resources/resource.ts'

export interface CompiledSelector {
  matches(object: KubeObject): boolean
  /** From `metadata.name=x`. */
  readonly name: string | undefined
  /** From `spec.nodeName=x`. */
  readonly nodeName: string | undefined
}

/**
 * @returns undefined when everything matches
 * @throws StatusError 400 with the server's words for a selector that does not parse or names an unknown field
 */
export function compileSelector(
  resource: Resource,
  labelSelector: string | undefined,
  fieldSelector: string | undefined,
): CompiledSelector | undefined {
  const labels = labelSelector === undefined || labelSelector === '' ? undefined : parseLabelSelector(labelSelector)
  const fields =
    fieldSelector === undefined || fieldSelector === '' ? undefined : parseFieldSelector(fieldSelector, resource)
  if (labels === undefined && fields === undefined) return undefined
  return {
    matches: (object) =>
      (labels === undefined || labels.matches(object.metadata.labels ?? {})) &&
      (fields === undefined || fields.matches(object)),
    name: requiredValue(fields, 'metadata.name'),
    nodeName: requiredValue(fields, 'spec.nodeName'),
  }
}

function requiredValue(fields: FieldSelector | undefined, field: string): string | undefined {
  return fields?.requirements.find((requirement) => requirement.field === field && requirement.operator === '=')?.value
}
