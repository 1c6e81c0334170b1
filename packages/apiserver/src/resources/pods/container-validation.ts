// Validation of containers: names, images, ports, mounts, hooks. Source: kubernetes core/validation (validateContainers,
// validateInitContainers, validateContainerPorts); texts as recorded from 1.36.

import type { Container, ContainerPort, PodSpec, VolumeMount } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import {
  duplicate,
  forbiddenField,
  invalid,
  notFoundValue,
  notSupported,
  required,
} from '../../validation/field-errors.ts'
import { dnsLabel, portName, portNumber } from '../../validation/names.ts'
import { validateEnvironment } from './env-validation.ts'
import { validateContainerProbes, validateHandler, validateSleep } from './probe-validation.ts'
import { validateResources } from './resources-validation.ts'

const PROTOCOLS = ['SCTP', 'TCP', 'UDP']
const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never']
const TERMINATION_POLICIES = ['File', 'FallbackToLogsOnError']

export function validateAllContainers(
  spec: PodSpec,
  volumes: ReadonlySet<string>,
  path: string,
  errors: FieldError[],
): void {
  const names = new Set<string>()
  const grace = spec.terminationGracePeriodSeconds ?? 0
  if (spec.containers.length === 0) errors.push(required(`${path}.containers`))
  for (const [index, container] of spec.containers.entries()) {
    const at = `${path}.containers[${index}]`
    validateContainer(container, names, volumes, at, errors)
    validateContainerProbes(container, at, errors)
    validateHooks(container, grace, at, errors)
  }
  validateHostPorts(spec.containers, `${path}.containers`, errors)
  const initContainers = spec.initContainers ?? []
  for (const [index, container] of initContainers.entries()) {
    const at = `${path}.initContainers[${index}]`
    validateContainer(container, names, volumes, at, errors)
    validateInit(container, grace, at, errors)
  }
}

function validateContainer(
  container: Container,
  names: Set<string>,
  volumes: ReadonlySet<string>,
  path: string,
  errors: FieldError[],
): void {
  validateName(container.name, names, path, errors)
  const image = container.image ?? ''
  if (image === '') errors.push(required(`${path}.image`))
  else if (image.trim() !== image) {
    errors.push(invalid(`${path}.image`, image, 'must not have leading or trailing whitespace'))
  }
  const { terminationMessagePolicy = '', imagePullPolicy = '' } = container
  if (!TERMINATION_POLICIES.includes(terminationMessagePolicy)) {
    errors.push(notSupported(`${path}.terminationMessagePolicy`, terminationMessagePolicy, TERMINATION_POLICIES))
  }
  if (container.ports !== undefined) validatePorts(container.ports, `${path}.ports`, errors)
  if (container.env !== undefined || container.envFrom !== undefined) validateEnvironment(container, path, errors)
  if (container.volumeMounts !== undefined)
    validateMounts(container.volumeMounts, volumes, `${path}.volumeMounts`, errors)
  if (!PULL_POLICIES.includes(imagePullPolicy)) {
    errors.push(notSupported(`${path}.imagePullPolicy`, imagePullPolicy, PULL_POLICIES))
  }
  if (container.resources !== undefined) validateResources(container.resources, `${path}.resources`, errors)
}

function validateName(name: string | undefined, names: Set<string>, path: string, errors: FieldError[]): void {
  if (name === undefined || name === '') {
    errors.push(required(`${path}.name`))
    return
  }
  for (const problem of dnsLabel(name)) errors.push(invalid(`${path}.name`, name, problem))
  if (names.has(name)) errors.push(duplicate(`${path}.name`, name))
  names.add(name)
}

function validatePorts(ports: readonly ContainerPort[], path: string, errors: FieldError[]): void {
  const names = new Set<string>()
  for (const [index, port] of ports.entries()) {
    const at = `${path}[${index}]`
    if (port.name !== undefined && port.name !== '') {
      const problems = portName(port.name)
      for (const problem of problems) errors.push(invalid(`${at}.name`, port.name, problem))
      if (problems.length === 0 && names.has(port.name)) errors.push(duplicate(`${at}.name`, port.name))
      names.add(port.name)
    }
    if (!port.containerPort) errors.push(required(`${at}.containerPort`))
    else
      for (const problem of portNumber(port.containerPort))
        errors.push(invalid(`${at}.containerPort`, port.containerPort, problem))
    if (port.hostPort)
      for (const problem of portNumber(port.hostPort)) errors.push(invalid(`${at}.hostPort`, port.hostPort, problem))
    const { protocol = '' } = port
    if (protocol === '') errors.push(required(`${at}.protocol`))
    else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${at}.protocol`, protocol, PROTOCOLS))
  }
}

/** No two containers may take the same port of the node. */
function validateHostPorts(containers: readonly Container[], path: string, errors: FieldError[]): void {
  const taken = new Set<string>()
  for (const [index, { ports = [] }] of containers.entries()) {
    for (const [portIndex, port] of ports.entries()) {
      if (!port.hostPort) continue
      const key = `${port.protocol ?? ''}/${port.hostIP ?? ''}/${port.hostPort}`
      if (taken.has(key)) errors.push(duplicate(`${path}[${index}].ports[${portIndex}].hostPort`, key))
      taken.add(key)
    }
  }
}

/** In a pod on the node's network a host port is the container's port. */
export function validateHostNetworkPorts(containers: readonly Container[], path: string, errors: FieldError[]): void {
  for (const [index, { ports = [] }] of containers.entries()) {
    for (const [portIndex, port] of ports.entries()) {
      if (port.hostPort === port.containerPort) continue
      const text = 'must match `containerPort` when `hostNetwork` is true'
      errors.push(invalid(`${path}[${index}].ports[${portIndex}].hostPort`, port.hostPort ?? 0, text))
    }
  }
}

function validateMounts(
  mounts: readonly VolumeMount[],
  volumes: ReadonlySet<string>,
  path: string,
  errors: FieldError[],
): void {
  const paths = new Set<string>()
  for (const [index, mount] of mounts.entries()) {
    const at = `${path}[${index}]`
    if (mount.name === undefined || mount.name === '') errors.push(required(`${at}.name`))
    else if (!volumes.has(mount.name)) errors.push(notFoundValue(`${at}.name`, mount.name))
    const { subPath = '', subPathExpr = '' } = mount
    const mountPath = mount.mountPath ?? ''
    if (mountPath === '') errors.push(required(`${at}.mountPath`))
    if (paths.has(mountPath)) errors.push(invalid(`${at}.mountPath`, mountPath, 'must be unique'))
    paths.add(mountPath)
    if (subPath !== '') validateRelativePath(subPath, `${path}.subPath`, errors)
    if (subPathExpr === '') continue
    if (subPath !== '')
      errors.push(invalid(`${at}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'))
    validateRelativePath(subPathExpr, `${path}.subPathExpr`, errors)
  }
}

/** A path below a volume: relative, and not up and out of it. */
export function validateRelativePath(target: string, path: string, errors: FieldError[]): void {
  if (target.startsWith('/')) errors.push(invalid(path, target, 'must be a relative path'))
  if (target.split('/').includes('..')) errors.push(invalid(path, target, "must not contain '..'"))
}

function validateHooks({ lifecycle }: Container, grace: number, path: string, errors: FieldError[]): void {
  if (lifecycle === undefined) return
  for (const hook of ['postStart', 'preStop'] as const) {
    const handler = lifecycle[hook]
    if (handler === undefined) continue
    validateHandler(handler, `${path}.lifecycle.${hook}`, errors)
    validateSleep(handler, grace, `${path}.lifecycle.${hook}`, errors)
  }
}

/** Init containers run once, so only restartable ones may be probed. */
function validateInit(container: Container, grace: number, path: string, errors: FieldError[]): void {
  if (container.restartPolicy === 'Always') {
    validateContainerProbes(container, path, errors)
    validateHooks(container, grace, path, errors)
    return
  }
  for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
    if (container[field] === undefined) continue
    errors.push(forbiddenField(`${path}.${field}`, 'may not be set for init containers without restartPolicy=Always'))
  }
}
