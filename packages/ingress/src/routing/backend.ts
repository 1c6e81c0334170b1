// What a rule sends requests to: a port of a Service in the Ingress's namespace. Resource backends are not simulated and are
// reported as such. Source: networking.k8s.io/v1 IngressBackend; names as ingress-nginx builds them.

import type { IngressBackend } from '@podwire/apiserver'

export interface Backend {
  /** `default-web-80`, the name nginx knows it by. */
  readonly name: string
  readonly namespace: string
  readonly service: string
  /** Number or name, as the Ingress has it; '' is the Service's first port. */
  readonly port: number | string
}

/** Undefined for a resource backend. */
export function backendOf(namespace: string, backend: IngressBackend): Backend | undefined {
  if (backend.service === undefined) return undefined
  const { name, port } = backend.service
  const wanted = port?.name !== undefined && port.name !== '' ? port.name : (port?.number ?? 0)
  return serviceBackend(namespace, name, wanted)
}

export function serviceBackend(namespace: string, service: string, port: number | string): Backend {
  return { name: `${namespace}-${service}-${port}`, namespace, service, port }
}
