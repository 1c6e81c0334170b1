// Ingresses and IngressClasses as they were before 1.19: backends by serviceName and servicePort, a default pathType.
// Source: kubernetes apis/extensions/v1beta1 and apis/networking/v1beta1 (conversion.go, defaults.go).

import type { Mutable } from '../resource.ts'
import { ingressClass } from '../networking/ingress-class.ts'
import { ingress } from '../networking/ingress.ts'
import {
  asFields,
  asList,
  changed,
  legacyVersion,
  present,
  type Fields,
  type LegacyObject,
  type LegacyOptions,
  type LegacyVersion,
} from './legacy-version.ts'

type Change = (value: unknown) => unknown

/** `{ service: { name, port } }` from `{ serviceName, servicePort }`. */
function backendToStored(value: unknown): unknown {
  const backend = asFields(value)
  if (backend === undefined) return value
  const { serviceName = '', servicePort, ...rest } = backend
  const hasPort = servicePort !== undefined && servicePort !== 0 && servicePort !== ''
  if (serviceName === '' && !hasPort) return rest
  const port = typeof servicePort === 'string' ? { name: servicePort } : { number: servicePort }
  return { ...rest, service: { name: serviceName, port: hasPort ? port : {} } }
}

function backendFromStored(value: unknown): unknown {
  const backend = asFields(value)
  if (backend === undefined) return value
  const { service, ...rest } = backend
  const { name, port } = asFields(service) ?? {}
  const { name: portName, number: portNumber } = asFields(port) ?? {}
  return { ...present({ serviceName: name }), servicePort: portName ?? portNumber ?? 0, ...rest }
}

/** Every path's backend. */
function withPaths(rules: unknown, change: (path: Fields) => Fields): unknown {
  return asList(rules)?.map((rule) =>
    changed(asFields(rule) ?? {}, 'http', (http) =>
      changed(asFields(http) ?? {}, 'paths', (paths) => asList(paths)?.map((path) => change(asFields(path) ?? {}))),
    ),
  )
}

function withBackends(spec: Fields, names: { readonly from: string; readonly to: string }, change: Change): Fields {
  const { [names.from]: backend, ...rest } = spec
  const named = backend === undefined ? rest : { [names.to]: change(backend), ...rest }
  return changed(named, 'rules', (rules) => withPaths(rules, (path) => changed(path, 'backend', change)))
}

function convertSpec(object: LegacyObject, convert: (spec: Fields) => Fields): LegacyObject {
  return object.spec === undefined ? object : { ...object, spec: convert(object.spec) }
}

function defaults(object: Mutable<LegacyObject>): void {
  if (object.spec === undefined) return
  const pathType = 'ImplementationSpecific'
  object.spec = changed(object.spec, 'rules', (rules) =>
    withPaths(rules, (path) => ({ ...path, pathType: path['pathType'] ?? pathType })),
  )
}

const conversions: Pick<LegacyOptions, 'fromStored' | 'toStored' | 'defaults'> = {
  fromStored: (object) =>
    convertSpec(object, (spec) => withBackends(spec, { from: 'defaultBackend', to: 'backend' }, backendFromStored)),
  toStored: (object) =>
    convertSpec(object, (spec) => withBackends(spec, { from: 'backend', to: 'defaultBackend' }, backendToStored)),
  defaults,
}

export const legacyIngresses: readonly LegacyVersion[] = [
  legacyVersion(ingress, {
    groupVersion: 'extensions/v1beta1',
    since: 1,
    until: 21,
    deprecated: 14,
    use: 'networking.k8s.io/v1 Ingress',
    ...conversions,
  }),
  legacyVersion(ingress, {
    groupVersion: 'networking.k8s.io/v1beta1',
    since: 14,
    until: 21,
    deprecated: 19,
    use: 'networking.k8s.io/v1 Ingress',
    ...conversions,
  }),
  legacyVersion(ingressClass, {
    groupVersion: 'networking.k8s.io/v1beta1',
    since: 18,
    until: 21,
    deprecated: 19,
    // As the release says it.
    use: 'networking.k8s.io/v1 IngressClassList',
  }),
]
