// The object before it exists, as Go sees it: structs held by value are there, empty, and required scalars have their zero.
// A create is compared with it, so these are never "added" (`f:spec` has no `.`, an empty `reportingComponent` no owner).
// Source: the Go structs of k8s.io/api.

import type { FieldSchema, ObjectSchema } from '../schema/index.ts'
import { schemaOf } from '../schema/index.ts'

const BY_VALUE_EVERYWHERE: ReadonlySet<string> = new Set(['metadata', 'spec', 'status'])

/** Other fields that hold a struct by value, by struct. */
const BY_VALUE: ReadonlyMap<string, readonly string[]> = new Map([
  ['DeploymentSpec', ['template', 'strategy']],
  ['ReplicaSetSpec', ['template']],
  ['DaemonSetSpec', ['template', 'updateStrategy']],
  ['StatefulSetSpec', ['template', 'updateStrategy']],
  ['JobSpec', ['template']],
  ['CronJobSpec', ['jobTemplate']],
  ['ServiceStatus', ['loadBalancer']],
  ['IngressStatus', ['loadBalancer']],
  ['NodeStatus', ['daemonEndpoints', 'nodeInfo']],
  ['NodeDaemonEndpoints', ['kubeletEndpoint']],
  ['Event', ['involvedObject', 'source', 'regarding', 'deprecatedSource']],
  ['HorizontalPodAutoscalerSpec', ['scaleTargetRef']],
  ['NetworkPolicySpec', ['podSelector']],
  ['PersistentVolumeClaimSpec', ['resources']],
  ['CustomResourceDefinitionSpec', ['names']],
  ['CustomResourceDefinitionStatus', ['acceptedNames']],
  ['RoleBinding', ['roleRef']],
  ['ClusterRoleBinding', ['roleRef']],
])

/** Strings that Go writes even when they are empty, though the schema does not say so. */
const WRITTEN_EMPTY: ReadonlyMap<string, readonly string[]> = new Map([
  ['Event', ['reportingComponent', 'reportingInstance']],
  ['StatefulSetSpec', ['serviceName']],
])

/** Lists that Go writes as null when they are nil, though the schema does not require them. */
const WRITTEN_NULL: ReadonlyMap<string, readonly string[]> = new Map([
  ['CustomResourceDefinitionStatus', ['conditions', 'storedVersions']],
])

const made = new Map<string, Readonly<Record<string, unknown>>>()

type Described = { readonly schema: string | undefined }

/** Without apiVersion and kind, which nobody owns. Custom kinds have no structs: theirs is empty. */
export function emptyObjectOf({ schema }: Described): Readonly<Record<string, unknown>> {
  return schema === undefined ? {} : emptyObject(schema)
}

function emptyObject(schemaName: string): Readonly<Record<string, unknown>> {
  const known = made.get(schemaName)
  if (known !== undefined) return known
  const object = emptyStruct(schemaOf(schemaName))
  made.set(schemaName, object)
  return object
}

/** The object with the structs it would have in Go, so that a first status is no new status. */
export function withEmptyStructs({ schema }: Described, object: object): object {
  return schema === undefined ? object : filled(emptyObject(schema), object)
}

function filled(empty: object, object: object): object {
  const missing: [string, unknown][] = []
  for (const [key, zero] of Object.entries(empty)) {
    const value: unknown = Object.hasOwn(object, key) ? Reflect.get(object, key) : undefined
    if (value === undefined) missing.push([key, zero])
    else if (isObject(zero) && isObject(value)) {
      const whole = filled(zero, value)
      if (whole !== value) missing.push([key, whole])
    }
  }
  return missing.length === 0 ? object : { ...object, ...Object.fromEntries(missing) }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function emptyStruct(schema: ObjectSchema): Readonly<Record<string, unknown>> {
  const fields: [string, unknown][] = []
  for (const [name, field] of schema.fields) {
    const zero = zeroOf(schema, name, field)
    if (zero !== undefined) fields.push([name, zero])
  }
  return Object.fromEntries(fields)
}

function zeroOf(schema: ObjectSchema, name: string, field: FieldSchema): unknown {
  if (field.list === true || field.map === true) {
    return field.required === true || WRITTEN_NULL.get(schema.struct)?.includes(name) === true ? null : undefined
  }
  switch (field.type) {
    case 'object':
      if (field.ref === undefined) return undefined
      if (BY_VALUE_EVERYWHERE.has(name) || BY_VALUE.get(schema.struct)?.includes(name) === true)
        return emptyStruct(schemaOf(field.ref))
      return undefined
    case 'string':
      return field.required === true || WRITTEN_EMPTY.get(schema.struct)?.includes(name) === true ? '' : undefined
    case 'bool':
      return field.required === true ? false : undefined
    case 'int32':
    case 'int64':
    case 'double':
      return field.required === true ? 0 : undefined
    default:
      return undefined
  }
}
