// Label and field selectors of one request, compiled for one kind, and what they say about which watches to file where.

import {
  bindFieldSelector,
  parseFieldSelector,
  parseLabelSelector,
  type FieldSelector,
  type Selector,
} from '../selectors/index.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import type { Resource } from '../resources/resource.ts'
import { badRequest } from '../status/errors.ts'
import type { ListOptions } from './list-options.ts'

export interface CompiledSelector {
  matches(object: KubeObject): boolean
  /** From `metadata.name=x`. */
  readonly name: string | undefined
  /** From `metadata.namespace=x`. */
  readonly namespace: string | undefined
  /** From `spec.nodeName=x`. */
  readonly nodeName: string | undefined
  /** It asks for the one name and nothing else. */
  readonly isName: boolean
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
  return compiled(labels, fields)
}

/**
 * The selector of a list, watch or deletecollection. A name in the path counts as one more field.
 * @throws StatusError 400 for a field the kind does not offer
 */
export function selectorOf(
  resource: Resource,
  options: Pick<ListOptions, 'labels' | 'fields'>,
  name: string | undefined,
): CompiledSelector | undefined {
  const asked = bindFieldSelector(options.fields, resource)
  if (name === undefined) return compiled(options.labels, options.fields.length === 0 ? undefined : asked)
  if (options.fields.length > 0 && requiredValue(asked, 'metadata.name') !== name) {
    throw badRequest("fieldSelector metadata.name doesn't match requested name")
  }
  const fields =
    options.fields.length > 0 ? options.fields : [{ field: 'metadata.name', operator: '=', value: name } as const]
  return compiled(options.labels, bindFieldSelector(fields, resource))
}

function compiled(labels: Selector | undefined, fields: FieldSelector | undefined): CompiledSelector | undefined {
  if (labels === undefined && fields === undefined) return undefined
  const name = requiredValue(fields, 'metadata.name')
  return {
    matches: (object) =>
      (labels === undefined || labels.matches(object.metadata.labels ?? {})) &&
      (fields === undefined || fields.matches(object)),
    name,
    namespace: requiredValue(fields, 'metadata.namespace'),
    nodeName: requiredValue(fields, 'spec.nodeName'),
    isName: labels === undefined && name !== undefined && fields?.requirements.length === 1,
  }
}

function requiredValue(fields: FieldSelector | undefined, field: string): string | undefined {
  return fields?.requirements.find((requirement) => requirement.field === field && requirement.operator === '=')?.value
}
