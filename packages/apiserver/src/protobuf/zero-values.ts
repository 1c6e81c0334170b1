// Which numbers and booleans Go holds by value: those are on the wire even when the user said nothing, and a zero there means
// "absent" (omitempty in JSON). All others are pointers and are written only when set, so `replicas: 0` is kept.
// Source: the Go structs in k8s.io/api; the protobuf descriptors do not say which is which.

const BY_VALUE: ReadonlyMap<string, readonly string[]> = new Map([
  ['ObjectMeta', ['generation']],
  ['Container', ['stdin', 'stdinOnce', 'tty']],
  ['EphemeralContainer', ['stdin', 'stdinOnce', 'tty']],
  ['ContainerPort', ['hostPort']],
  ['PodSpec', ['hostNetwork', 'hostPID', 'hostIPC']],
  ['Probe', ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold']],
  ['VolumeMount', ['readOnly']],
  ['PersistentVolumeClaimVolumeSource', ['readOnly']],
  ['NFSVolumeSource', ['readOnly']],
  ['ServicePort', ['nodePort']],
  ['ServiceSpec', ['publishNotReadyAddresses', 'healthCheckNodePort']],
  ['NodeSpec', ['unschedulable']],
  ['DeploymentSpec', ['minReadySeconds', 'paused']],
  ['ReplicaSetSpec', ['minReadySeconds']],
  ['ReplicationControllerSpec', ['minReadySeconds']],
  ['ScaleSpec', ['replicas']],
  ['PodStatus', ['observedGeneration']],
  ['Condition', ['observedGeneration']],
  ['PodCondition', ['observedGeneration']],
  ['Event', ['count', 'deprecatedCount']],
  ['ServiceBackendPort', ['number']],
  [
    'DeploymentStatus',
    ['observedGeneration', 'replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas', 'unavailableReplicas'],
  ],
  ['CustomResourceColumnDefinition', ['priority']],
  ['CustomResourceDefinitionSpec', ['preserveUnknownFields']],
  ['CustomResourceDefinitionStatus', ['observedGeneration']],
  ['CustomResourceDefinitionCondition', ['observedGeneration']],
  ['CustomResourceDefinitionVersion', ['deprecated']],
  [
    'JSONSchemaProps',
    [
      'exclusiveMaximum',
      'exclusiveMinimum',
      'nullable',
      'uniqueItems',
      'x-kubernetes-embedded-resource',
      'x-kubernetes-int-or-string',
    ],
  ],
  ['ReplicaSetStatus', ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration']],
  ['ReplicationControllerStatus', ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration']],
])

const byValue = new Map([...BY_VALUE].map(([struct, fields]) => [struct, new Set(fields)]))

/** True when a zero in this field means that it was not set. */
export function zeroMeansAbsent(struct: string, field: string): boolean {
  return byValue.get(struct)?.has(field) ?? false
}
