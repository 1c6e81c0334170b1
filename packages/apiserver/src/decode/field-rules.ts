// What decoding does with each field of a struct, worked out once from its schema and from what Go's encoding/json does with the
// Go field: which zeros and empty lists are kept, and what is there although nobody sent it.

import { type FieldSchema, goFields, type ObjectSchema, schemaOf } from '../schema/index.ts'

export interface FieldRule {
  readonly field: FieldSchema
  /** An empty list or map stays. */
  readonly keepsEmpty: boolean
  /** A zero that was sent is told from none: a pointer, or written always. */
  readonly keepsZero: boolean
  /** There with its zero when it was not sent. */
  readonly isRequired: boolean
  /** As Go's errors call it: with the struct it is inlined from, `VolumeSource.emptyDir`. */
  readonly goPath: string
}

export interface StructRules {
  readonly rules: ReadonlyMap<string, FieldRule>
  /** Required fields and their zeros. */
  readonly required: ReadonlyMap<string, unknown>
}

const known = new WeakMap<ObjectSchema, StructRules>()

export function rulesOf(schema: ObjectSchema): StructRules {
  const found = known.get(schema)
  if (found !== undefined) return found
  const required = requiredScalars(schema)
  const rules = new Map<string, FieldRule>()
  for (const [key, field] of schema.fields) {
    const go = goFields(schema).get(key)
    rules.set(key, {
      field,
      keepsEmpty: KEPT_EMPTY.has(`${schema.struct}.${key}`) || go?.omitEmpty === false,
      keepsZero: field.type === 'int-or-string' || go === undefined || !go.omitEmpty || go.pointer,
      isRequired: required.has(key),
      goPath: field.proto.length > 1 ? `${EMBEDDED.get(schema.struct) ?? 'LocalObjectReference'}.${key}` : key,
    })
  }
  const made = { rules, required }
  known.set(schema, made)
  return made
}

const named = new Map<string, StructRules>()

/** By the schema's name, of which there are only so many. */
export function rulesNamed(schemaName: string): StructRules {
  let rules = named.get(schemaName)
  if (rules === undefined) named.set(schemaName, (rules = rulesOf(schemaOf(schemaName))))
  return rules
}

/** The Go structs that others embed; all others embed a LocalObjectReference. */
const EMBEDDED: ReadonlyMap<string, string> = new Map([
  ['EphemeralContainer', 'EphemeralContainerCommon'],
  ['IngressRule', 'IngressRuleValue'],
  ['PersistentVolumeSpec', 'PersistentVolumeSource'],
  ['Probe', 'ProbeHandler'],
  ['Volume', 'VolumeSource'],
])

/** Lists whose emptiness says something: to an error text, to defaults, and to who records owners. */
const KEPT_EMPTY: ReadonlySet<string> = new Set([
  'HPAScalingRules.policies',
  'ObjectMeta.managedFields',
  'ServiceCIDRSpec.cidrs',
])

/** Times that Go holds by value: absent ones are written as null. */
const HELD_TIMES: ReadonlyMap<string, readonly string[]> = new Map([
  ['ContainerStateRunning', ['startedAt']],
  ['ContainerStateTerminated', ['startedAt', 'finishedAt']],
  ['CustomResourceDefinitionCondition', ['lastTransitionTime']],
  ['Condition', ['lastTransitionTime']],
  ['DaemonSetCondition', ['lastTransitionTime']],
  ['DeploymentCondition', ['lastUpdateTime', 'lastTransitionTime']],
  ['EventSeries', ['lastObservedTime']],
  ['HorizontalPodAutoscalerCondition', ['lastTransitionTime']],
  ['JobCondition', ['lastProbeTime', 'lastTransitionTime']],
  ['NamespaceCondition', ['lastTransitionTime']],
  ['NodeCondition', ['lastHeartbeatTime', 'lastTransitionTime']],
  ['PersistentVolumeClaimCondition', ['lastProbeTime', 'lastTransitionTime']],
  ['PodCondition', ['lastProbeTime', 'lastTransitionTime']],
  ['ReplicaSetCondition', ['lastTransitionTime']],
  ['ReplicationControllerCondition', ['lastTransitionTime']],
  ['StatefulSetCondition', ['lastTransitionTime']],
])

/** Go has no absent scalars: required ones are there with their zero value, and are printed so; so are times held by value. */
function requiredScalars(schema: ObjectSchema): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>()
  for (const [key, field] of schema.fields) {
    if (HELD_TIMES.get(schema.struct)?.includes(key) === true) found.set(key, null)
    const isScalar =
      ['string', 'bool', 'int32', 'int64'].includes(field.type) && field.list !== true && field.map !== true
    const go = goFields(schema).get(key)
    if (isScalar && go !== undefined && !go.pointer && !go.omitEmpty) found.set(key, zeroOf(field))
  }
  return found
}

/** What Go has where nothing was said. */
export function zeroOf({ type }: FieldSchema): unknown {
  if (type === 'bool') return false
  if (type === 'quantity') return '0'
  return type === 'int32' || type === 'int64' || type === 'double' ? 0 : ''
}
