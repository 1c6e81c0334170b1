// Structs of Go that hold others without a name of their own in JSON: errors about a field of the inner one name both. Source:
// sigs.k8s.io/json (addErrorContext), and the fields with `json:",inline"` of k8s.io/api.

interface Inlined {
  readonly struct: string
  /** Which fields are its; undefined: all but `except`. */
  readonly only?: readonly string[]
  readonly except?: readonly string[]
}

const REFERENCE: Inlined = { struct: 'LocalObjectReference', only: ['name'] }

const INLINED: ReadonlyMap<string, Inlined> = new Map<string, Inlined>([
  ['Volume', { struct: 'VolumeSource', except: ['name'] }],
  [
    'PersistentVolumeSpec',
    {
      struct: 'PersistentVolumeSource',
      except: [
        'accessModes',
        'capacity',
        'claimRef',
        'mountOptions',
        'nodeAffinity',
        'persistentVolumeReclaimPolicy',
        'storageClassName',
        'volumeAttributesClassName',
        'volumeMode',
      ],
    },
  ],
  ['Probe', { struct: 'ProbeHandler', only: ['exec', 'grpc', 'httpGet', 'tcpSocket'] }],
  ['EphemeralContainer', { struct: 'EphemeralContainerCommon', except: ['targetContainerName'] }],
  ['IngressRule', { struct: 'IngressRuleValue', only: ['http'] }],
  ['ConfigMapEnvSource', REFERENCE],
  ['ConfigMapKeySelector', REFERENCE],
  ['ConfigMapProjection', REFERENCE],
  ['ConfigMapVolumeSource', REFERENCE],
  ['SecretEnvSource', REFERENCE],
  ['SecretKeySelector', REFERENCE],
  ['SecretProjection', REFERENCE],
])

/** A field of a struct as Go's errors call it. */
export function goPathOf(struct: string, field: string): string {
  const inlined = INLINED.get(struct)
  if (inlined === undefined) return field
  const isInner = inlined.only?.includes(field) ?? inlined.except?.includes(field) !== true
  return isInner ? `${inlined.struct}.${field}` : field
}
