// The environment variables a container gets from the Services that exist when it starts (docker-links style).
// Source: kubernetes pkg/kubelet/envvars. Headless and ExternalName Services give none.

import type { Service } from '@podwire/apiserver'

const MASTER_NAMESPACE = 'default'
const MASTER_SERVICE = 'kubernetes'

/** `my-svc.v2` → `MY_SVC_V2`; a leading digit gets an underscore. */
export function variableName(name: string): string {
  const upper = name.toUpperCase().replaceAll(/[-.]/g, '_')
  return /^[0-9]/.test(upper) ? `_${upper}` : upper
}

function hasClusterIP(service: Service): boolean {
  const ip = service.spec.clusterIP ?? ''
  return ip !== '' && ip !== 'None'
}

/**
 * The Services whose variables a pod sees, by name: all of its namespace when service links are on, and always the API
 * server's Service (the pod's own namespace may have one of the same name, which then wins).
 */
export function visibleServices(
  own: readonly Service[],
  master: Service | undefined,
  enableServiceLinks: boolean,
): readonly Service[] {
  const byName = new Map<string, Service>()
  if (master !== undefined && hasClusterIP(master)) byName.set(MASTER_SERVICE, master)
  for (const service of own) {
    if (!hasClusterIP(service)) continue
    if (enableServiceLinks || service.metadata.name === MASTER_SERVICE) byName.set(service.metadata.name, service)
  }
  return [...byName.values()]
}

/** True for the Service every pod sees: default/kubernetes. */
export function isMasterService(service: Service): boolean {
  return service.metadata.namespace === MASTER_NAMESPACE && service.metadata.name === MASTER_SERVICE
}

/** The variables of the given Services, in their order. */
export function serviceVariables(services: readonly Service[]): ReadonlyMap<string, string> {
  const variables = new Map<string, string>()
  for (const service of services) addServiceVariables(variables, service)
  return variables
}

function addServiceVariables(variables: Map<string, string>, service: Service): void {
  const ports = service.spec.ports ?? []
  const first = ports[0]
  if (first === undefined) return
  const ip = service.spec.clusterIP ?? ''
  const host = ip.includes(':') ? `[${ip}]` : ip
  const prefix = variableName(service.metadata.name)
  variables.set(`${prefix}_SERVICE_HOST`, ip)
  variables.set(`${prefix}_SERVICE_PORT`, String(first.port))
  for (const port of ports) {
    if (port.name !== undefined && port.name !== '') {
      variables.set(`${prefix}_SERVICE_PORT_${variableName(port.name)}`, String(port.port))
    }
  }
  for (const [index, port] of ports.entries()) {
    const protocol = port.protocol ?? 'TCP'
    const url = `${protocol.toLowerCase()}://${host}:${port.port}`
    if (index === 0) variables.set(`${prefix}_PORT`, url)
    const portPrefix = `${prefix}_PORT_${port.port}_${protocol.toUpperCase()}`
    variables.set(portPrefix, url)
    variables.set(`${portPrefix}_PROTO`, protocol.toLowerCase())
    variables.set(`${portPrefix}_PORT`, String(port.port))
    variables.set(`${portPrefix}_ADDR`, ip)
  }
}
