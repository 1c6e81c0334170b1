// Validation of Services. Source: kubernetes core/validation ValidateService; order of errors as recorded from 1.36.

import type { Service, ServicePort } from '../../objects/index.ts'
import { checkEndpointIp, checkIp } from '../../validation/address-checks.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { duplicate, forbiddenField, invalid, notSupported, required } from '../../validation/field-errors.ts'
import { validateLabels } from '../../validation/labels.ts'
import { dnsLabel, dnsSubdomain, portNumber, qualifiedName } from '../../validation/names.ts'
import { validatePort as validateTargetPort } from '../pods/validation/handlers.ts'
import { validateFamilies, validateFamilyChange } from './service-families.ts'
import { validateClass, validateLoadBalancer } from './service-load-balancer.ts'
import {
  HEADLESS,
  isExternallyAccessible,
  isHeadless,
  isLoadBalancer,
  needsClusterIp,
  needsHealthCheckPort,
} from './service-needs.ts'

const PROTOCOLS = ['SCTP', 'TCP', 'UDP']
const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
const AFFINITIES = ['ClientIP', 'None']
const TRAFFIC_POLICIES = ['Cluster', 'Local']
const DISTRIBUTIONS = ['PreferClose', 'PreferSameZone', 'PreferSameNode']
const MAX_AFFINITY_SECONDS = 86_400
export const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode'
export const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints'

export function validateService(service: Service, old?: Service): readonly FieldError[] {
  const errors: FieldError[] = []
  const { spec } = service
  validateTopologyAnnotations(service, errors)
  const ports = spec.ports ?? []
  if (ports.length === 0 && needsClusterIp(service) && !isHeadless(service)) errors.push(required('spec.ports'))
  validateTypeFields(service, errors)
  const names = new Set<string>()
  for (const [index, port] of ports.entries())
    validatePort(port, names, ports.length > 1, `spec.ports[${index}]`, errors)
  if (spec.selector !== undefined) validateLabels(spec.selector, 'spec.selector', errors)
  validateAffinity(service, errors)
  errors.push(...validateFamilies(service, old))
  validateExternalIps(service, old, errors)
  if (!TYPES.includes(spec.type ?? '')) errors.push(notSupported('spec.type', spec.type ?? '', TYPES))
  validateNodePorts(service, errors)
  validateDuplicatePorts(ports, errors)
  validateLoadBalancer(service, old, errors)
  validateExternalTraffic(service, errors)
  validateInternalTraffic(service, errors)
  if (spec.trafficDistribution !== undefined && !DISTRIBUTIONS.includes(spec.trafficDistribution)) {
    errors.push(notSupported('spec.trafficDistribution', spec.trafficDistribution, DISTRIBUTIONS))
  }
  return errors
}

/** The older spelling of an annotation must agree with the present one. */
function validateTopologyAnnotations({ metadata: { annotations = {} } }: Service, errors: FieldError[]): void {
  const [mode, hints] = [annotations[TOPOLOGY_MODE], annotations[TOPOLOGY_HINTS]]
  if (mode === undefined || hints === undefined || mode === hints) return
  const text = `must match annotations[${TOPOLOGY_HINTS}] when both are specified`
  errors.push(invalid(`metadata.annotations[${TOPOLOGY_MODE}]`, mode, text))
}

function validateExternalIps({ spec }: Service, old: Service | undefined, errors: FieldError[]): void {
  for (const [index, address] of (spec.externalIPs ?? []).entries()) {
    const path = `spec.externalIPs[${index}]`
    const problems = checkIp(address, path, old?.spec.externalIPs)
    errors.push(...(problems.length > 0 ? problems : checkEndpointIp(address, path)))
  }
}

function validateTypeFields({ spec }: Service, errors: FieldError[]): void {
  if (spec.type === 'LoadBalancer' || spec.type === 'NodePort') {
    if (spec.clusterIPs?.[0] === HEADLESS) {
      errors.push(invalid('spec.clusterIPs[0]', HEADLESS, `may not be set to 'None' for ${spec.type} services`))
    }
    return
  }
  if (spec.type !== 'ExternalName') return
  const text = 'may not be set for ExternalName services'
  if ((spec.clusterIPs ?? []).length > 0) errors.push(forbiddenField('spec.clusterIPs', text))
  if ((spec.ipFamilies ?? []).length > 0) errors.push(forbiddenField('spec.ipFamilies', text))
  if (spec.ipFamilyPolicy !== undefined) errors.push(forbiddenField('spec.ipFamilyPolicy', text))
  const { externalName = '' } = spec
  // A dot at the end says that the name is whole.
  const name = externalName.endsWith('.') ? externalName.slice(0, -1) : externalName
  if (name === '') errors.push(required('spec.externalName'))
  else for (const problem of dnsSubdomain(name)) errors.push(invalid('spec.externalName', name, problem))
}

function validatePort(
  port: ServicePort,
  names: Set<string>,
  needsName: boolean,
  path: string,
  errors: FieldError[],
): void {
  const { name = '', protocol = '', appProtocol } = port
  if (name === '') {
    if (needsName) errors.push(required(`${path}.name`))
  } else {
    for (const problem of dnsLabel(name)) errors.push(invalid(`${path}.name`, name, problem))
    if (names.has(name)) errors.push(duplicate(`${path}.name`, name))
    names.add(name)
  }
  const number = port.port ?? 0
  for (const problem of portNumber(number)) errors.push(invalid(`${path}.port`, number, problem))
  if (protocol === '') errors.push(required(`${path}.protocol`))
  else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${path}.protocol`, protocol, PROTOCOLS))
  validateTargetPort(port.targetPort, `${path}.targetPort`, errors)
  if (appProtocol !== undefined) {
    for (const problem of qualifiedName(appProtocol)) errors.push(invalid(`${path}.appProtocol`, appProtocol, problem))
  }
}

function validateAffinity({ spec }: Service, errors: FieldError[]): void {
  const { sessionAffinity = '', sessionAffinityConfig } = spec
  if (!AFFINITIES.includes(sessionAffinity))
    errors.push(notSupported('spec.sessionAffinity', sessionAffinity, AFFINITIES))
  const path = 'spec.sessionAffinityConfig'
  if (sessionAffinity === 'None' && sessionAffinityConfig !== undefined) {
    errors.push(forbiddenField(path, 'must not be set when session affinity is None'))
  }
  if (sessionAffinity !== 'ClientIP') return
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds
  if (seconds === undefined) errors.push(required(path, 'when session affinity type is ClientIP'))
  else if (seconds <= 0 || seconds > MAX_AFFINITY_SECONDS) {
    const text = `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`
    errors.push(invalid(`${path}.clientIP.timeoutSeconds`, seconds, text))
  }
}

function validateNodePorts({ spec }: Service, errors: FieldError[]): void {
  const ports = (spec.ports ?? [])
    .map(({ protocol = '', nodePort = 0 }, index) => ({ protocol, nodePort, path: `spec.ports[${index}].nodePort` }))
    .filter(({ nodePort }) => nodePort !== 0)
  if (spec.type === 'ClusterIP') {
    const text = "may not be used when `type` is 'ClusterIP'"
    for (const { path } of ports) errors.push(forbiddenField(path, text))
  }
  const taken = new Set<string>()
  for (const { protocol, nodePort, path } of ports) {
    const key = `${protocol}/${nodePort}`
    if (taken.has(key)) errors.push(duplicate(path, nodePort))
    taken.add(key)
  }
}

/** The duplicate is printed as the server's own struct, field names and all. */
function validateDuplicatePorts(ports: readonly ServicePort[], errors: FieldError[]): void {
  const taken = new Set<string>()
  for (const [index, { protocol = '', port }] of ports.entries()) {
    const key = `${protocol}/${port}`
    if (taken.has(key)) {
      const value = { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 }
      errors.push(duplicate(`spec.ports[${index}]`, value))
    }
    taken.add(key)
  }
}

function validateExternalTraffic(service: Service, errors: FieldError[]): void {
  const { externalTrafficPolicy = '', healthCheckNodePort = 0 } = service.spec
  const path = 'spec.externalTrafficPolicy'
  if (!isExternallyAccessible(service)) {
    if (externalTrafficPolicy !== '') {
      errors.push(invalid(path, externalTrafficPolicy, 'may only be set for externally-accessible services'))
    }
  } else if (externalTrafficPolicy === '') errors.push(required(path))
  else if (!TRAFFIC_POLICIES.includes(externalTrafficPolicy)) {
    errors.push(notSupported(path, externalTrafficPolicy, TRAFFIC_POLICIES))
  }
  if (needsHealthCheckPort(service)) {
    if (healthCheckNodePort === 0) errors.push(required('spec.healthCheckNodePort'))
    else
      for (const problem of portNumber(healthCheckNodePort))
        errors.push(invalid('spec.healthCheckNodePort', healthCheckNodePort, problem))
    return
  }
  if (healthCheckNodePort === 0) return
  const text = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
  errors.push(invalid('spec.healthCheckNodePort', healthCheckNodePort, text))
}

function validateInternalTraffic(service: Service, errors: FieldError[]): void {
  const { internalTrafficPolicy } = service.spec
  if (internalTrafficPolicy === undefined) {
    if (needsClusterIp(service)) errors.push(required('spec.internalTrafficPolicy'))
  } else if (!TRAFFIC_POLICIES.includes(internalTrafficPolicy)) {
    errors.push(notSupported('spec.internalTrafficPolicy', internalTrafficPolicy, TRAFFIC_POLICIES))
  }
}

export function validateServiceUpdate(service: Service, old: Service): readonly FieldError[] {
  const errors: FieldError[] = [...validateFamilyChange(service, old)]
  const { healthCheckNodePort, loadBalancerClass } = service.spec
  if (isLoadBalancer(service) && isLoadBalancer(old) && loadBalancerClass !== old.spec.loadBalancerClass) {
    errors.push(invalid('spec.loadBalancerClass', loadBalancerClass ?? null, 'may not change once set'))
  }
  // Asked here, and with all the rest once more.
  validateClass(service, errors)
  if (
    needsHealthCheckPort(service) &&
    needsHealthCheckPort(old) &&
    healthCheckNodePort !== old.spec.healthCheckNodePort
  ) {
    errors.push(forbiddenField('spec.healthCheckNodePort', 'field is immutable'))
  }
  return errors
}
