// Ports of a pod that get in each other's way. Source: kubernetes pkg/api/pod/warnings.go.

import type { ContainerPort, PodSpec } from '../../objects/index.ts'
import { quote } from '../../validation/field-errors.ts'
import { visitContainers } from './validation/pod-scope.ts'

type Warn = (text: string) => void

interface PlacedPort {
  readonly path: string
  readonly port: ContainerPort
}

export function warnAboutPorts(spec: PodSpec, path: string, warn: Warn): void {
  if (!hasSeveralPorts(spec)) return
  const ports = placedPorts(spec, path)
  const known = new Map<string, PlacedPort[]>()
  for (const placed of ports) {
    const { port, path: at } = placed
    if ((port.hostIP ?? '') !== '' && (port.hostPort ?? 0) === 0) {
      warn(`${at}: hostIP set without hostPort: ${goPort(port)}`)
    }
    const key = `${port.containerPort}/${port.protocol ?? ''}`
    const others = known.get(key)
    if (others === undefined) {
      known.set(key, [placed])
      continue
    }
    for (const other of others) {
      const how = overlap(port, other.port)
      if (how !== undefined) warn(`${at}: ${how} port definition with ${other.path}`)
    }
    others.push(placed)
  }
  warnAboutNames(ports, warn)
}

/** Most pods have one plain port, about which there is nothing to say. */
function hasSeveralPorts({ containers, initContainers }: PodSpec): boolean {
  let count = 0
  for (const list of [containers, initContainers]) {
    if (list === undefined) continue
    for (const { ports } of list) {
      if (ports === undefined) continue
      count += ports.length
      if (count > 1 || ports.some(({ hostIP }) => hostIP !== undefined)) return true
    }
  }
  return false
}

function placedPorts(spec: PodSpec, path: string): readonly PlacedPort[] {
  const placed: PlacedPort[] = []
  visitContainers(spec, path, ({ ports }, containerPath) => {
    if (ports === undefined) return
    for (const [index, port] of ports.entries()) placed.push({ path: `${containerPath}.ports[${index}]`, port })
  })
  return placed
}

function overlap(a: ContainerPort, b: ContainerPort): string | undefined {
  const { hostIP: ip = '', hostPort: port = 0 } = a
  const { hostIP: otherIp = '', hostPort: otherPort = 0 } = b
  if (ip === otherIp && port === otherPort) return 'duplicate'
  if (port === 0 || otherPort === 0) return 'overlapping'
  return port === otherPort && (ip === '' || otherIp === '') ? 'dangerously ambiguous' : undefined
}

function warnAboutNames(ports: readonly PlacedPort[], warn: Warn): void {
  const names = new Map<string, string>()
  for (const { path, port } of ports) {
    const { name = '' } = port
    if (name === '') continue
    const other = names.get(name)
    if (other === undefined) names.set(name, path)
    else {
      warn(
        `${path}: duplicate port name ${quote(name)} with ${other}, services and probes that select ports by name ` +
          `will use ${other}`,
      )
    }
  }
}

/** Go's %+v of the struct. */
function goPort({ name = '', hostPort = 0, containerPort, protocol = '', hostIP = '' }: ContainerPort): string {
  return `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`
}
