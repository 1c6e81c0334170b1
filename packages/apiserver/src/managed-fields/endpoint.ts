// Where a write arrives, as ownership sees it: a kind's own endpoint or one of its subresources.

import { apiVersionOf } from '../resources/resource-type.ts'
import type { Registry } from '../resources/registry.ts'
import type { Resource } from '../resources/resource.ts'
import { CreatedShapes } from './created-shapes.ts'
import { emptyObjectOf } from './empty-object.ts'
import { leftOutOfCreate, resetFilter, stripNeverOwned } from './endpoint-fields.ts'
import type { OwnershipScope } from './updater.ts'
import { structType } from './value-type.ts'
import { customVersions, versionsOf } from './versions.ts'

export interface Endpoint {
  readonly apiVersion: string
  readonly kind: string
  /** '' for the object itself. */
  readonly subresource: string
  /** Name of the schema of what is sent here; undefined for custom kinds, which bring their own. */
  readonly schema: string | undefined
  readonly scope: OwnershipScope
  /** What creators of objects own; undefined where nothing is created. */
  readonly creates?: CreatedShapes
}

const known = new WeakMap<Resource, Map<string, Endpoint>>()

/** The endpoint of the object itself, `status`, or another subresource that takes the whole object. */
export function endpointOf(registry: Registry, resource: Resource, subresource: string): Endpoint {
  let ofResource = known.get(resource)
  if (ofResource === undefined) known.set(resource, (ofResource = new Map()))
  const found = ofResource.get(subresource)
  if (found !== undefined) return found
  const apiVersion = apiVersionOf(resource.type)
  const { custom } = resource
  const schema = custom === undefined ? resource.schema : undefined
  const reset = resetFilter(resource, subresource)
  const scope: OwnershipScope = {
    type: custom === undefined ? structType(resource.schema) : custom.mergeType,
    apiVersion,
    reset,
    strip: stripNeverOwned,
    ...(custom === undefined ? {} : { reconciles: true }),
    versions: custom === undefined ? versionsOf(registry, resource, subresource) : customVersions(custom, reset),
  }
  const creates =
    subresource === '' && custom === undefined
      ? { creates: new CreatedShapes(scope.type, emptyObjectOf({ schema }), leftOutOfCreate(resource)) }
      : {}
  const made: Endpoint = { apiVersion, kind: resource.type.kind, subresource, schema, scope, ...creates }
  ofResource.set(subresource, made)
  return made
}

/** A workload's `/scale`. */
export const scaleEndpoint: Endpoint = {
  apiVersion: 'autoscaling/v1',
  kind: 'Scale',
  subresource: 'scale',
  schema: 'io.k8s.api.autoscaling.v1.Scale',
  get scope() {
    return {
      type: structType('io.k8s.api.autoscaling.v1.Scale'),
      apiVersion: 'autoscaling/v1',
      reset: (fields) => fields,
      strip: stripNeverOwned,
    } satisfies OwnershipScope
  },
}
