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

/** Conditions of pods, nodes and the like print both of their times. */
function conditionTimes(names: readonly string[]): (status: Fields) => Fields {
  return (status) => {
    const { conditions } = status
    if (!Array.isArray(conditions)) return status
    const list: readonly unknown[] = conditions
    const changed = list.map((item) => (isFields(item) ? nullWhenAbsent(item, names) : item))
    return changed.some((item, index) => item !== list[index]) ? { ...status, conditions: changed } : status
  }
}

const podTimes = conditionTimes(['lastProbeTime', 'lastTransitionTime'])
const nodeTimes = conditionTimes(['lastHeartbeatTime', 'lastTransitionTime'])

const CONTAINER_LISTS = ['initContainerStatuses', 'containerStatuses', 'ephemeralContainerStatuses']

/** Both states of a container are there, if only as `{}`. */
function withStates(status: Fields): Fields {
  let changed = status
  for (const name of CONTAINER_LISTS) {
    const list: unknown = status[name]
    if (!Array.isArray(list)) continue
    const items: readonly unknown[] = list
    const complete = items.map((item) =>
      isFields(item) && (item['state'] === undefined || item['lastState'] === undefined)
        ? { state: {}, lastState: {}, ...item }
        : item,
    )
    if (complete.some((item, index) => item !== items[index])) changed = { ...changed, [name]: complete }
  }
  return changed
}

/** A projected volume of no sources. */
function withProjections(pod: Fields): Fields {
  return within(pod, 'spec', (spec) => {
    const { volumes } = spec
    if (!Array.isArray(volumes)) return spec
    const list: readonly unknown[] = volumes
    const shown = list.map((volume) =>
      isFields(volume) ? within(volume, 'projected', (projected) => nullWhenEmpty(projected, ['sources'])) : volume,
    )
    return shown.some((volume, index) => volume !== list[index]) ? { ...spec, volumes: shown } : spec
  })
}

const limitsOf = (spec: Fields): Fields => nullWhenEmpty(spec, ['limits'])

const RULES: ReadonlyMap<string, (fields: Fields) => Fields> = new Map([
  ['v1/Event', (fields: Fields) => nullWhenAbsent(fields, ['firstTimestamp', 'lastTimestamp', 'eventTime'])],
  ['v1/LimitRange', (fields: Fields) => within({ spec: {}, ...fields }, 'spec', limitsOf)],
  ['v1/Pod', (fields: Fields) => withProjections(within(fields, 'status', (status) => withStates(podTimes(status))))],
  ['v1/Node', (fields: Fields) => within(fields, 'status', nodeTimes)],
  ['batch/v1/Job', (fields: Fields) => within(fields, 'status', podTimes)],
  ['discovery.k8s.io/v1/EndpointSlice', (fields: Fields) => nullWhenEmpty(fields, ['endpoints', 'ports'])],
  [
    'autoscaling/v2/HorizontalPodAutoscaler',
    (fields: Fields) => within(fields, 'status', (status) => nullWhenAbsent(status, ['currentMetrics'])),
  ],
  [
    'apiextensions.k8s.io/v1/CustomResourceDefinition',
    (fields: Fields) => within(fields, 'status', (status) => nullWhenAbsent(status, ['conditions', 'storedVersions'])),
  ],
  ['rbac.authorization.k8s.io/v1/Role', (fields: Fields) => nullWhenAbsent(fields, ['rules'])],
  ['rbac.authorization.k8s.io/v1/ClusterRole', (fields: Fields) => nullWhenAbsent(fields, ['rules'])],
])

/** @param object as it is stored; returned itself when nothing is missing */
export function withWireNulls(object: Fields): Fields {
  const change = RULES.get(`${String(object['apiVersion'])}/${String(object['kind'])}`)
  return change === undefined ? object : change(object)
}
