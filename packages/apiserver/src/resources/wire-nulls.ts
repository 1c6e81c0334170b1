// What the real server prints as null although nothing is there: fields without `omitempty` whose Go type is a pointer, a
// slice or a time. Objects here do without them; they appear on the way out alone. Recorded from kube-apiserver 1.36.

type Fields = Readonly<Record<string, unknown>>

function nullWhenAbsent(fields: Fields, names: readonly string[]): Fields {
  const nulls = names.filter((name) => fields[name] === undefined).map((name) => [name, null] as const)
  return nulls.length === 0 ? fields : { ...fields, ...Object.fromEntries(nulls) }
}

function nullWhenEmpty(fields: Fields, names: readonly string[]): Fields {
  const empty = names.filter((name) => fields[name] === undefined || isEmptyList(fields[name]))
  return empty.length === 0 ? fields : { ...fields, ...Object.fromEntries(empty.map((name) => [name, null])) }
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Replaces `fields[name]` by what `change` makes of it, when it is an object. */
function within(fields: Fields, name: string, change: (inner: Fields) => Fields): Fields {
  const inner = fields[name]
  if (!isFields(inner)) return fields
  const changed = change(inner)
  return changed === inner ? fields : { ...fields, [name]: changed }
}

/** Replaces the items of `fields[name]` by what `change` makes of them, when it is a list. */
function each(fields: Fields, name: string, change: (item: Fields) => Fields): Fields {
  const list = fields[name]
  if (!Array.isArray(list)) return fields
  const items: readonly unknown[] = list
  let changed: unknown[] | undefined
  for (const [index, item] of items.entries()) {
    const next = isFields(item) ? change(item) : item
    if (next !== item) (changed ??= [...items])[index] = next
  }
  return changed === undefined ? fields : { ...fields, [name]: changed }
}

/** Conditions of pods, nodes and the like print both of their times. */
function conditionTimes(names: readonly string[]): (status: Fields) => Fields {
  return (status) => each(status, 'conditions', (item) => nullWhenAbsent(item, names))
}

const podTimes = conditionTimes(['lastProbeTime', 'lastTransitionTime'])
const nodeTimes = conditionTimes(['lastHeartbeatTime', 'lastTransitionTime'])

/** Images of no name. */
function withNames(status: Fields): Fields {
  return each(status, 'images', (image) => nullWhenEmpty(image, ['names']))
}

const CONTAINER_LISTS = ['initContainerStatuses', 'containerStatuses', 'ephemeralContainerStatuses']

/** Both states of a container are there, if only as `{}`. */
function withBothStates(container: Fields): Fields {
  const { state, lastState } = container
  return state === undefined || lastState === undefined ? { state: {}, lastState: {}, ...container } : container
}

function withStates(status: Fields): Fields {
  let changed = status
  for (const name of CONTAINER_LISTS) changed = each(changed, name, withBothStates)
  return changed
}

/** What a claim is filled from says of which group it is, even of none. */
function withSources(claim: Fields): Fields {
  const grouped = (source: Fields): Fields => nullWhenAbsent(source, ['apiGroup'])
  return within(claim, 'spec', (spec) => within(within(spec, 'dataSource', grouped), 'dataSourceRef', grouped))
}

const withProjectedSources = (projection: Fields): Fields => nullWhenEmpty(projection, ['sources'])
const withSecret = (source: Fields): Fields => nullWhenAbsent(source, ['secretRef'])
const withClaim = (ephemeral: Fields): Fields => within(ephemeral, 'volumeClaimTemplate', withSources)

/** Projected volumes of no sources, ScaleIO volumes of no secret, and claims that come and go with a pod. */
function withVolume(volume: Fields): Fields {
  const { projected, scaleIO, ephemeral } = volume
  let changed = volume
  if (projected !== undefined) changed = within(changed, 'projected', withProjectedSources)
  if (scaleIO !== undefined) changed = within(changed, 'scaleIO', withSecret)
  return ephemeral === undefined ? changed : within(changed, 'ephemeral', withClaim)
}

const withEachVolume = (spec: Fields): Fields => each(spec, 'volumes', withVolume)

function withVolumes(pod: Fields): Fields {
  return within(pod, 'spec', withEachVolume)
}

function withTemplate(workload: Fields): Fields {
  return within(workload, 'template', withVolumes)
}

function ofSpec(change: (spec: Fields) => Fields): (fields: Fields) => Fields {
  return (fields) => within(fields, 'spec', change)
}

const limitsOf = (spec: Fields): Fields => nullWhenEmpty(spec, ['limits'])

/** A backend that is no service says of which group it is, even of none. */
function withGroup(backend: Fields): Fields {
  return within(backend, 'resource', (resource) => nullWhenAbsent(resource, ['apiGroup']))
}

function withGroups(spec: Fields): Fields {
  const paths = (http: Fields): Fields => each(http, 'paths', (path) => within(path, 'backend', withGroup))
  return each(within(spec, 'defaultBackend', withGroup), 'rules', (rule) => within(rule, 'http', paths))
}

function withRules(job: Fields): Fields {
  return within(withTemplate(job), 'podFailurePolicy', (policy) => nullWhenEmpty(policy, ['rules']))
}

function withLastTime(event: Fields): Fields {
  return within(event, 'series', (series) => nullWhenAbsent(series, ['lastObservedTime']))
}

const ofPodStatus = (status: Fields): Fields => withStates(podTimes(status))

const RULES: ReadonlyMap<string, (fields: Fields) => Fields> = new Map([
  [
    'v1/Event',
    (fields: Fields) => withLastTime(nullWhenAbsent(fields, ['firstTimestamp', 'lastTimestamp', 'eventTime'])),
  ],
  ['events.k8s.io/v1/Event', withLastTime],
  ['v1/LimitRange', (fields: Fields) => within({ spec: {}, ...fields }, 'spec', limitsOf)],
  ['v1/Pod', (fields: Fields) => withVolumes(within(fields, 'status', ofPodStatus))],
  ['v1/Node', (fields: Fields) => within(fields, 'status', (status) => withNames(nodeTimes(status)))],
  ['batch/v1/Job', (fields: Fields) => within(within(fields, 'spec', withRules), 'status', podTimes)],
  ['batch/v1/CronJob', ofSpec((spec) => within(spec, 'jobTemplate', (job) => within(job, 'spec', withRules)))],
  ['apps/v1/Deployment', ofSpec(withTemplate)],
  ['apps/v1/ReplicaSet', ofSpec(withTemplate)],
  ['apps/v1/DaemonSet', ofSpec(withTemplate)],
  ['apps/v1/StatefulSet', ofSpec((spec) => each(withTemplate(spec), 'volumeClaimTemplates', withSources))],
  ['v1/ReplicationController', ofSpec(withTemplate)],
  ['v1/PodTemplate', withTemplate],
  ['v1/PersistentVolumeClaim', withSources],
  ['networking.k8s.io/v1/Ingress', ofSpec(withGroups)],
  ['discovery.k8s.io/v1/EndpointSlice', (fields: Fields) => nullWhenEmpty(fields, ['endpoints', 'ports'])],
  [
    'autoscaling/v2/HorizontalPodAutoscaler',
    (fields: Fields) => within(fields, 'status', (status) => nullWhenEmpty(status, ['currentMetrics'])),
  ],
  [
    'apiextensions.k8s.io/v1/CustomResourceDefinition',
    (fields: Fields) => within(fields, 'status', (status) => nullWhenAbsent(status, ['conditions', 'storedVersions'])),
  ],
  ['rbac.authorization.k8s.io/v1/Role', (fields: Fields) => nullWhenEmpty(fields, ['rules'])],
  ['rbac.authorization.k8s.io/v1/ClusterRole', (fields: Fields) => nullWhenEmpty(fields, ['rules'])],
])

/** Kinds whose nulls stand in structs held by value: there they are no change, and an empty list that is sent is one. */
const HELD_BY_VALUE: ReadonlySet<string> = new Set([
  'v1/LimitRange',
  'v1/Node',
  'discovery.k8s.io/v1/EndpointSlice',
  'autoscaling/v2/HorizontalPodAutoscaler',
  'apiextensions.k8s.io/v1/CustomResourceDefinition',
  'rbac.authorization.k8s.io/v1/Role',
  'rbac.authorization.k8s.io/v1/ClusterRole',
])

/** An object with the nulls that its writer owns, as that of a claim's source which is of no group. */
export function withOwnedNulls(object: Fields): Fields {
  const type = `${String(object['apiVersion'])}/${String(object['kind'])}`
  return HELD_BY_VALUE.has(type) ? object : (RULES.get(type)?.(object) ?? object)
}

/** @param object as it is stored; returned itself when nothing is missing */
export function withWireNulls(object: Fields): Fields {
  const change = RULES.get(`${String(object['apiVersion'])}/${String(object['kind'])}`)
  return change === undefined ? object : change(object)
}
