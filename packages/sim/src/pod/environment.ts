// The environment a container starts with. Precedence, weakest first: Services, envFrom (later wins), env; references in
// values see what was set before them. Source: kubernetes pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables).

import type { ConfigMap, Container, EnvFromSource, EnvVar, Pod, Secret } from '@podwire/apiserver'
import { expandReferences } from './expansion.ts'
import { fieldValue, type PodAddresses } from './field-ref.ts'
import { resourceValue } from './resource-ref.ts'

/** Objects a pod refers to, read when a container starts. */
export interface ConfigLookup {
  configMap(namespace: string, name: string): ConfigMap | undefined
  secret(namespace: string, name: string): Secret | undefined
}

export interface EnvironmentInput {
  readonly pod: Pod
  readonly container: Container
  readonly services: ReadonlyMap<string, string>
  readonly config: ConfigLookup
  readonly addresses: PodAddresses
  /** status.allocatable of the node. */
  readonly allocatable: Readonly<Record<string, string>>
}

/** The variables, or the message of CreateContainerConfigError. */
export type EnvironmentResult = { readonly declared: ReadonlyMap<string, string> } | { readonly error: string }

/** What `env` and `envFrom` give. They win over the Services' variables, which win over the image's. */
export function containerEnvironment(input: EnvironmentInput): EnvironmentResult {
  const declared = new Map<string, string>()
  for (const source of input.container.envFrom ?? []) {
    const error = addSource(declared, source, input)
    if (error !== undefined) return { error }
  }
  for (const variable of input.container.env ?? []) {
    const value = variableValue(variable, declared, input)
    if (typeof value === 'object') return value
    if (value !== undefined) declared.set(variable.name, value)
  }
  return { declared: declared.size === 0 ? NOTHING : declared }
}

const NOTHING: ReadonlyMap<string, string> = new Map()

function addSource(target: Map<string, string>, source: EnvFromSource, input: EnvironmentInput): string | undefined {
  const namespace = input.pod.metadata.namespace ?? ''
  const prefix = source.prefix ?? ''
  if (source.configMapRef !== undefined) {
    const { name = '', optional } = source.configMapRef
    const configMap = input.config.configMap(namespace, name)
    if (configMap === undefined) return optional === true ? undefined : `configmap "${name}" not found`
    for (const [key, value] of Object.entries(configMap.data ?? {})) target.set(prefix + key, value)
  }
  if (source.secretRef !== undefined) {
    const { name = '', optional } = source.secretRef
    const secret = input.config.secret(namespace, name)
    if (secret === undefined) return optional === true ? undefined : `secret "${name}" not found`
    for (const [key, value] of Object.entries(secret.data ?? {})) target.set(prefix + key, decodeSecret(value))
  }
  return undefined
}

function decodeSecret(value: string): string {
  return Buffer.from(value, 'base64').toString('utf8')
}

function variableValue(
  variable: EnvVar,
  declared: ReadonlyMap<string, string>,
  input: EnvironmentInput,
): string | undefined | { readonly error: string } {
  const from = variable.valueFrom
  if (variable.value !== undefined && variable.value !== '') {
    return expandReferences(variable.value, (name) => declared.get(name) ?? input.services.get(name))
  }
  if (from === undefined) return ''
  if (from.fieldRef !== undefined) {
    const value = fieldValue(from.fieldRef.fieldPath, input.pod, input.addresses)
    return value ?? { error: `unsupported fieldPath: ${from.fieldRef.fieldPath}` }
  }
  if (from.resourceFieldRef !== undefined) {
    const name = from.resourceFieldRef.containerName
    const all = [...(input.pod.spec.initContainers ?? []), ...input.pod.spec.containers]
    const container = name === undefined || name === '' ? input.container : all.find((other) => other.name === name)
    if (container === undefined) return { error: `container ${name} not found` }
    const value = resourceValue(from.resourceFieldRef, container, input.allocatable)
    return value ?? { error: `unsupported container resource : ${from.resourceFieldRef.resource}` }
  }
  return keyValue(from, input)
}

/** A key of a ConfigMap or Secret; undefined when it is optional and absent. */
function keyValue(
  from: NonNullable<EnvVar['valueFrom']>,
  input: EnvironmentInput,
): string | undefined | { readonly error: string } {
  const namespace = input.pod.metadata.namespace ?? ''
  const isMap = from.configMapKeyRef !== undefined
  const reference = from.configMapKeyRef ?? from.secretKeyRef
  if (reference === undefined) return ''
  const { name = '', key, optional } = reference
  const object = isMap ? input.config.configMap(namespace, name) : input.config.secret(namespace, name)
  if (object === undefined) {
    return optional === true ? undefined : { error: `${isMap ? 'configmap' : 'secret'} "${name}" not found` }
  }
  const value = object.data?.[key]
  if (value === undefined) {
    if (optional === true) return undefined
    return { error: `couldn't find key ${key} in ${isMap ? 'ConfigMap' : 'Secret'} ${namespace}/${name}` }
  }
  return isMap ? value : decodeSecret(value)
}
