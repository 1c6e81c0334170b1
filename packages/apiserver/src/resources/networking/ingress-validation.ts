// Validation of Ingresses. Source: kubernetes networking/validation; order of errors as recorded from 1.36.

import type { HTTPIngressPath, Ingress, IngressBackend, IngressRule } from '../../objects/index.ts'
import { printedList } from '../../decode/sent-empty.ts'
import { checkIp } from '../../validation/address-checks.ts'
import { parseIp } from '../../validation/addresses.ts'
import type { FieldError } from '../../validation/field-error.ts'
import type { StrategyContext } from '../resource.ts'
import { invalid, notSupported, required } from '../../validation/field-errors.ts'
import {
  dns1035Label,
  dnsLabel,
  dnsSubdomain,
  pathSegmentName,
  portName,
  portNumber,
  wildcardDnsSubdomain,
} from '../../validation/names.ts'

const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix']
const FORBIDDEN_IN_PATHS = ['//', '/./', '/../', '%2f', '%2F']
const FORBIDDEN_AT_END = ['/..', '/.']
export const CLASS_ANNOTATION = 'kubernetes.io/ingress.class'

/** Names of Services may begin with a digit since then. */
const RELAXED_SERVICE_NAMES_SINCE = 36

/** Versions whose clients may go on with what they could always say: any secretName, any rule for a wildcard host. */
const LENIENT: ReadonlySet<string | undefined> = new Set(['extensions/v1beta1', 'networking.k8s.io/v1beta1'])

export function validateIngress(
  ingress: Ingress,
  { spoken, kubernetesVersion }: Pick<StrategyContext, 'spoken' | 'kubernetesVersion'>,
): readonly FieldError[] {
  const errors: FieldError[] = []
  const lenient = LENIENT.has(spoken)
  const isServiceName = kubernetesVersion.minor < RELAXED_SERVICE_NAMES_SINCE ? dns1035Label : dnsLabel
  const rule: BackendRule = (backend, path) => validateBackend(backend, path, isServiceName, errors)
  const { spec } = ingress
  const rules = spec?.rules ?? []
  if (rules.length === 0 && spec?.defaultBackend === undefined) {
    errors.push(
      invalid('spec', printedList(spec ?? {}, 'rules'), 'either `defaultBackend` or `rules` must be specified'),
    )
  }
  if (spec?.defaultBackend !== undefined) rule(spec.defaultBackend, 'spec.defaultBackend')
  for (const [index, item] of rules.entries()) {
    validateRule(item, `spec.rules[${index}]`, { lenient, rule }, errors)
  }
  validateTls(ingress, lenient, errors)
  if (spec?.ingressClassName !== undefined) {
    checkName(spec.ingressClassName, dnsSubdomain, 'spec.ingressClassName', errors)
  }
  return errors
}

/** On create alone: two ways of naming a class must agree. */
export function validateClassAnnotation(ingress: Ingress): readonly FieldError[] {
  const annotation = ingress.metadata.annotations?.[CLASS_ANNOTATION]
  const field = ingress.spec?.ingressClassName
  if (annotation === undefined || field === undefined || annotation === field) return []
  const text = 'must match `ingressClassName` when both are specified'
  return [invalid(`annotations.${CLASS_ANNOTATION}`, annotation, text)]
}

function checkName(
  value: string,
  rule: (value: string) => readonly string[],
  path: string,
  errors: FieldError[],
): void {
  for (const problem of rule(value)) errors.push(invalid(path, value, problem))
}

function validateTls({ spec }: Ingress, lenient: boolean, errors: FieldError[]): void {
  for (const [index, { hosts = [], secretName = '' }] of (spec?.tls ?? []).entries()) {
    const path = `spec.tls[${index}]`
    for (const [at, host] of hosts.entries()) {
      checkName(host, host.includes('*') ? wildcardDnsSubdomain : dnsSubdomain, `${path}.hosts[${at}]`, errors)
    }
    if (secretName !== '' && !lenient) checkName(secretName, dnsSubdomain, `${path}.secretName`, errors)
  }
}

type BackendRule = (backend: IngressBackend, path: string) => void

interface RuleOptions {
  readonly lenient: boolean
  readonly rule: BackendRule
}

function validateRule(
  { host = '', http }: IngressRule,
  path: string,
  { lenient, rule }: RuleOptions,
  errors: FieldError[],
): void {
  if (host !== '') {
    if (parseIp(host) !== undefined) errors.push(invalid(`${path}.host`, host, 'must be a DNS name, not an IP address'))
    checkName(host, host.includes('*') ? wildcardDnsSubdomain : dnsSubdomain, `${path}.host`, errors)
  }
  if (http === undefined || (lenient && host.includes('*'))) return
  const paths = http.paths ?? []
  if (paths.length === 0) errors.push(required(`${path}.http.paths`))
  for (const [index, item] of paths.entries()) validatePath(item, `${path}.http.paths[${index}]`, rule, errors)
}

function validatePath(item: HTTPIngressPath, path: string, rule: BackendRule, errors: FieldError[]): void {
  const { pathType, path: text = '', backend } = item
  if (pathType === undefined) {
    errors.push(required(`${path}.pathType`, 'pathType must be specified'))
    return
  }
  if (pathType === 'Exact' || pathType === 'Prefix') validateStrictPath(text, `${path}.path`, errors)
  else if (pathType === 'ImplementationSpecific') {
    if (text !== '' && !text.startsWith('/')) errors.push(invalid(`${path}.path`, text, 'must be an absolute path'))
  } else errors.push(notSupported(`${path}.pathType`, pathType, PATH_TYPES))
  rule(backend ?? {}, `${path}.backend`)
}

function validateStrictPath(text: string, path: string, errors: FieldError[]): void {
  if (!text.startsWith('/')) errors.push(invalid(path, text, 'must be an absolute path'))
  if (text === '') return
  for (const part of FORBIDDEN_IN_PATHS) {
    if (text.includes(part)) errors.push(invalid(path, text, `must not contain '${part}'`))
  }
  for (const end of FORBIDDEN_AT_END) {
    if (text.endsWith(end)) errors.push(invalid(path, text, `cannot end with '${end}'`))
  }
}

function validateBackend(
  { service, resource }: IngressBackend,
  path: string,
  isServiceName: (name: string) => readonly string[],
  errors: FieldError[],
): void {
  if (resource !== undefined && service !== undefined) {
    errors.push(invalid(path, '', 'cannot set both resource and service backends'))
    return
  }
  if (resource !== undefined) {
    validateReference(resource, `${path}.resource`, errors)
    return
  }
  if (service === undefined) {
    errors.push(invalid(path, '', 'resource or service backend is required'))
    return
  }
  if ((service.name ?? '') === '') errors.push(required(`${path}.service.name`))
  else checkName(service.name, isServiceName, `${path}.service.name`, errors)
  const { name = '', number = 0 } = service.port ?? {}
  if (name !== '' && number !== 0) errors.push(invalid(path, '', 'cannot set both port name & port number'))
  else if (name !== '') checkName(name, portName, `${path}.service.port.name`, errors)
  else if (number !== 0)
    for (const problem of portNumber(number)) errors.push(invalid(`${path}.service.port.number`, number, problem))
  else errors.push(required(path, 'port name or number is required'))
}

function validateReference(
  resource: NonNullable<IngressBackend['resource']>,
  path: string,
  errors: FieldError[],
): void {
  const { apiGroup, kind, name } = resource
  if (apiGroup !== undefined) checkName(apiGroup, dnsSubdomain, `${path}.apiGroup`, errors)
  for (const [field, value] of [
    ['kind', kind],
    ['name', name],
  ] as const) {
    if (value === undefined || value === '') errors.push(required(`${path}.${field}`))
    else checkName(value, pathSegmentName, `${path}.${field}`, errors)
  }
}

export function validateIngressStatus({ status }: Ingress, { status: old }: Ingress): readonly FieldError[] {
  const errors: FieldError[] = []
  const known = (old?.loadBalancer?.ingress ?? []).map(({ ip = '' }) => ip)
  for (const [index, { ip = '', hostname = '' }] of (status?.loadBalancer?.ingress ?? []).entries()) {
    const path = `status.loadBalancer.ingress[${index}]`
    if (ip !== '') errors.push(...checkIp(ip, `${path}.ip`, known))
    if (hostname === '') continue
    checkName(hostname, dnsSubdomain, `${path}.hostname`, errors)
    if (parseIp(hostname) !== undefined) {
      errors.push(invalid(`${path}.hostname`, hostname, 'must be a DNS name, not an IP address'))
    }
  }
  return errors
}
