// Ports of containers. Source: kubernetes core/validation (validateContainerPorts, checkHostPortConflicts,
// validatePodHostNetworkDeps).

import type { Container, ContainerPort } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { duplicate, invalid, notSupported, pushProblems, required } from '../../../validation/field-errors.ts'
import { portName, portNumber } from '../../../validation/names.ts'

const PROTOCOLS = ['SCTP', 'TCP', 'UDP']

export function validateContainerPorts(ports: readonly ContainerPort[], path: string, errors: FieldError[]): void {
  let names: Set<string> | undefined
  for (const [index, { name = '', containerPort = 0, hostPort = 0, protocol = '' }] of ports.entries()) {
    const at = `${path}[${index}]`
    if (name !== '') {
      const problems = portName(name)
      pushProblems(problems, `${at}.name`, name, errors)
      if (problems.length === 0 && names?.has(name) === true) errors.push(duplicate(`${at}.name`, name))
      else if (problems.length === 0) (names ??= new Set()).add(name)
    }
    if (containerPort === 0) errors.push(required(`${at}.containerPort`))
    else pushProblems(portNumber(containerPort), `${at}.containerPort`, containerPort, errors)
    if (hostPort !== 0) pushProblems(portNumber(hostPort), `${at}.hostPort`, hostPort, errors)
    if (protocol === '') errors.push(required(`${at}.protocol`))
    else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${at}.protocol`, protocol, PROTOCOLS))
  }
}

/**
 * No two ports of the node may be the same.
 */
export function validateHostPorts(containers: readonly Container[], path: string, errors: FieldError[]): void {
  if (!containers.some(takesHostPort)) return
  let taken: Set<string> | undefined
  for (const [index, { ports }] of containers.entries()) {
    if (ports === undefined) continue
    for (const [portIndex, { hostPort = 0, hostIP = '', protocol = '' }] of ports.entries()) {
      if (hostPort === 0) continue
      taken ??= new Set()
      const key = `${protocol}/${hostIP}/${hostPort}`
      if (taken.has(key)) errors.push(duplicate(`${path}[${index}].ports[${portIndex}].hostPort`, key))
      taken.add(key)
    }
  }
}

function takesHostPort({ ports }: Container): boolean {
  return ports !== undefined && ports.some(({ hostPort = 0 }) => hostPort !== 0)
}

/** In a pod on the node's network a host port is the container's port; a template need not say it. */
export function validateHostNetworkPorts(
  containers: readonly Container[],
  isPod: boolean,
  path: string,
  errors: FieldError[],
): void {
  for (const [index, { ports = [] }] of containers.entries()) {
    for (const [portIndex, { hostPort = 0, containerPort = 0 }] of ports.entries()) {
      if (hostPort === containerPort || (hostPort === 0 && !isPod)) continue
      const text = 'must match `containerPort` when `hostNetwork` is true'
      errors.push(invalid(`${path}[${index}].ports[${portIndex}].hostPort`, hostPort, text))
    }
  }
}
