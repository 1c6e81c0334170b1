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
  ['CustomResourceDefinitionSpec.scope', 'v1.ResourceScope'],
  ['CustomResourceConversion.strategy', 'v1.ConversionStrategyType'],
  ['CustomResourceDefinitionCondition.type', 'v1.CustomResourceDefinitionConditionType'],
  ['CustomResourceDefinitionCondition.status', 'v1.ConditionStatus'],
  ['JSONSchemaProps.$schema', 'v1.JSONSchemaURL'],
  ['ValidationRule.reason', 'v1.FieldValueErrorReason'],
  ['Secret.type', 'v1.SecretType'],
  ['HTTPIngressPath.pathType', 'v1.PathType'],
  ['ObjectMeta.uid', 'types.UID'],
  ['OwnerReference.uid', 'types.UID'],
])

/** Named lists and maps of Go, by struct and field. */
const GO_COLLECTIONS: ReadonlyMap<string, string> = new Map([
  ['JSONSchemaProps.definitions', 'v1.JSONSchemaDefinitions'],
  ['JSONSchemaProps.dependencies', 'v1.JSONSchemaDependencies'],
  ['JSONSchemaProps.x-kubernetes-validations', 'v1.ValidationRules'],
])

/** Of the whole field: lists and maps included. */
export function goTypeOf(field: FieldSchema, place: FieldPlace): string {
  const named = GO_COLLECTIONS.get(nameOf(place))
  if (named !== undefined) return named
  const single = scalarGoType(field, place)
  return field.list === true ? `[]${single}` : field.map === true ? `map[string]${single}` : single
}

/** Of one value. */
export function scalarGoType(field: FieldSchema, place: FieldPlace): string {
  switch (field.type) {
    case 'object':
      return `v1.${(field.ref ?? '').slice((field.ref ?? '').lastIndexOf('.') + 1)}`
    case 'json':
      return 'v1.JSON'
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
      return GO_TYPES.get(nameOf(place)) ?? field.type
  }
}

function nameOf({ struct, fields }: FieldPlace): string {
  return `${struct}.${fields.slice(fields.lastIndexOf('.') + 1)}`
}
