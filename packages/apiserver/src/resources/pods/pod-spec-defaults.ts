// Defaults of pod specs, in pods and in templates. Source: kubernetes core/v1/defaults.go; recorded pods of 1.36.

import type {
  Container,
  ContainerPort,
  EphemeralContainer,
  Pod,
  PodSpec,
  PodTemplateSpec,
  Probe,
  Volume,
} from '../../objects/index.ts'
import type { Mutable } from '../resource.ts'

// Defaults that are objects are shared: frozen once, they cost nothing per pod.
const EMPTY = Object.freeze({})

/** Defaults for a spec in a pod or a template. */
function defaultPodSpec(spec: Mutable<PodSpec>): void {
  spec.dnsPolicy ??= 'ClusterFirst'
  spec.restartPolicy ??= 'Always'
  spec.terminationGracePeriodSeconds ??= 30
  spec.schedulerName ??= 'default-scheduler'
  spec.securityContext ??= EMPTY
  spec.containers ??= []
  // The old name of serviceAccountName is kept in step with it.
  if (spec.serviceAccountName !== undefined) spec.serviceAccount = spec.serviceAccountName
  else if (spec.serviceAccount !== undefined) spec.serviceAccountName = spec.serviceAccount
  for (const container of spec.containers) defaultContainer(container, spec)
  if (spec.initContainers !== undefined) for (const container of spec.initContainers) defaultContainer(container, spec)
  for (const container of spec.ephemeralContainers ?? []) defaultEphemeral(container, spec)
  if (spec.volumes !== undefined) for (const volume of spec.volumes) defaultVolume(volume)
}

/** Defaults of templates: as a pod's, without what only pods have. */
export function defaultPodTemplate(template: Mutable<PodTemplateSpec>): void {
  template.metadata ??= {}
  template.spec ??= { containers: [] }
  defaultPodSpec(template.spec)
}

/** Defaults only pods have. */
export function defaultPod(pod: Mutable<Pod>): void {
  pod.spec ??= { containers: [] }
  const { spec } = pod
  defaultPodSpec(spec)
  spec.enableServiceLinks ??= true
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) spec.terminationGracePeriodSeconds = 1
  for (const container of spec.containers) defaultRequests(container)
  for (const container of spec.initContainers ?? []) defaultRequests(container)
}

/** A limit without a request asks for as much. */
function defaultRequests({ resources }: Mutable<Container>): void {
  if (resources?.limits === undefined) return
  for (const [name, quantity] of Object.entries(resources.limits)) {
    if (resources.requests !== undefined && Object.hasOwn(resources.requests, name)) continue
    resources.requests = { ...resources.requests, [name]: quantity }
  }
}

type AnyContainer = Mutable<Container> | Mutable<EphemeralContainer>

function defaultContainer(container: Mutable<Container>, spec: Mutable<PodSpec>): void {
  defaultCommon(container, spec)
  container.resources ??= EMPTY
}

function defaultEphemeral(container: Mutable<EphemeralContainer>, spec: Mutable<PodSpec>): void {
  defaultCommon(container, spec)
  container.resources ??= EMPTY
}

function defaultCommon(container: AnyContainer, spec: Mutable<PodSpec>): void {
  container.imagePullPolicy ??= pullPolicyOf(container.image ?? '')
  container.terminationMessagePath ??= '/dev/termination-log'
  container.terminationMessagePolicy ??= 'File'
  if (container.ports !== undefined) for (const port of container.ports) defaultPort(port, spec.hostNetwork === true)
  if (container.livenessProbe !== undefined) defaultProbe(container.livenessProbe)
  if (container.readinessProbe !== undefined) defaultProbe(container.readinessProbe)
  if (container.startupProbe !== undefined) defaultProbe(container.startupProbe)
  for (const variable of container.env ?? []) {
    if (variable.valueFrom?.fieldRef !== undefined) variable.valueFrom.fieldRef.apiVersion ??= 'v1'
    if (variable.valueFrom?.resourceFieldRef !== undefined) variable.valueFrom.resourceFieldRef.divisor ??= '0'
  }
  for (const hook of [container.lifecycle?.postStart, container.lifecycle?.preStop]) defaultHttpGet(hook?.httpGet)
}

/** `Always` for a moving tag (latest or none), else `IfNotPresent`. */
function pullPolicyOf(image: string): string {
  if (image.includes('@')) return 'IfNotPresent'
  const tag = image.slice(image.lastIndexOf('/') + 1).split(':')[1]
  return tag === undefined || tag === '' || tag === 'latest' ? 'Always' : 'IfNotPresent'
}

function defaultPort(port: Mutable<ContainerPort>, hostNetwork: boolean): void {
  port.protocol ??= 'TCP'
  if (hostNetwork && (port.hostPort === undefined || port.hostPort === 0)) port.hostPort = port.containerPort
  else if (port.hostPort === 0) delete port.hostPort
  if (port.name === '') delete port.name
}

function defaultProbe(probe: Mutable<Probe>): void {
  // Zero means "not said" for all of them but the initial delay, which is then left out.
  probe.timeoutSeconds = probe.timeoutSeconds || 1
  probe.periodSeconds = probe.periodSeconds || 10
  probe.successThreshold = probe.successThreshold || 1
  probe.failureThreshold = probe.failureThreshold || 3
  if (probe.initialDelaySeconds === 0) delete probe.initialDelaySeconds
  defaultHttpGet(probe.httpGet)
  if (probe.grpc !== undefined) probe.grpc.service ??= ''
}

function defaultHttpGet(get: Mutable<Probe>['httpGet']): void {
  if (get === undefined) return
  if (get.path === undefined || get.path === '') get.path = '/'
  get.scheme ??= 'HTTP'
}

const DEFAULT_MODE = 0o644

function defaultVolume(volume: Mutable<Volume>): void {
  if (Object.keys(volume).every((key) => key === 'name')) volume.emptyDir = {}
  if (volume.secret !== undefined) volume.secret.defaultMode ??= DEFAULT_MODE
  if (volume.configMap !== undefined) volume.configMap.defaultMode ??= DEFAULT_MODE
  if (volume.hostPath !== undefined) volume.hostPath.type ??= ''
  if (volume.downwardAPI !== undefined) {
    volume.downwardAPI.defaultMode ??= DEFAULT_MODE
    for (const item of volume.downwardAPI.items ?? [])
      if (item.fieldRef !== undefined) item.fieldRef.apiVersion ??= 'v1'
  }
  if (volume.projected !== undefined) defaultProjected(volume.projected)
}

function defaultProjected(projected: NonNullable<Mutable<Volume>['projected']>): void {
  projected.defaultMode ??= DEFAULT_MODE
  for (const source of projected.sources ?? []) {
    if (source.serviceAccountToken !== undefined) source.serviceAccountToken.expirationSeconds ??= 3600
    for (const item of source.downwardAPI?.items ?? []) {
      if (item.fieldRef !== undefined) item.fieldRef.apiVersion ??= 'v1'
    }
  }
}
