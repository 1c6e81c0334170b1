// Names of Go types, for errors about values of the wrong type.
// Departure: named string types (ServiceType, Protocol …) are called by their name only where GO_TYPES lists them.

import type { FieldSchema } from '../schema/index.ts'

interface FieldPlace {
  /** Struct that has the field, e.g. ServicePort. */
  readonly struct: string
  /** Dotted path without indices; the last part is the field. */
  readonly fields: string
}

/** Named string types of Go, by struct and field. */
const GO_TYPES: ReadonlyMap<string, string> = new Map([
  ['ServiceSpec.type', 'v1.ServiceType'],
  ['ServiceSpec.sessionAffinity', 'v1.ServiceAffinity'],
  ['ServiceSpec.externalTrafficPolicy', 'v1.ServiceExternalTrafficPolicy'],
  ['ServiceSpec.internalTrafficPolicy', 'v1.ServiceInternalTrafficPolicy'],
  ['ServiceSpec.ipFamilyPolicy', 'v1.IPFamilyPolicy'],
  ['ServiceSpec.ipFamilies', 'v1.IPFamily'],
  ['ServicePort.protocol', 'v1.Protocol'],
  ['ContainerPort.protocol', 'v1.Protocol'],
  ['Container.imagePullPolicy', 'v1.PullPolicy'],
  ['PodSpec.restartPolicy', 'v1.RestartPolicy'],
  ['PodSpec.dnsPolicy', 'v1.DNSPolicy'],
  ['DeploymentStrategy.type', 'v1.DeploymentStrategyType'],
  ['Secret.type', 'v1.SecretType'],
  ['HTTPIngressPath.pathType', 'v1.PathType'],
  ['ObjectMeta.uid', 'types.UID'],
  ['OwnerReference.uid', 'types.UID'],
])

/** Of the whole field: lists and maps included. */
export function goTypeOf(field: FieldSchema, place: FieldPlace): string {
  const single = scalarGoType(field, place)
  return field.list === true ? `[]${single}` : field.map === true ? `map[string]${single}` : single
}

/** Of one value. */
export function scalarGoType(field: FieldSchema, { struct, fields }: FieldPlace): string {
  switch (field.type) {
    case 'object':
      return `v1.${(field.ref ?? '').slice((field.ref ?? '').lastIndexOf('.') + 1)}`
    case 'bytes':
      return '[]uint8'
    case 'quantity':
      return 'resource.Quantity'
    case 'time':
      return 'v1.Time'
    case 'micro-time':
      return 'v1.MicroTime'
    case 'double':
      return 'float64'
    case 'int-or-string':
      return 'intstr.IntOrString'
    default:
      return GO_TYPES.get(`${struct}.${fields.slice(fields.lastIndexOf('.') + 1)}`) ?? field.type
  }
}
