// The whole routing state from lists of objects, for tools and tests; the controller keeps one up to date piece by piece.

import type { EndpointSlice, Ingress, IngressClass, Service } from '@podwire/apiserver'
import { serviceBackend } from './backend.ts'
import { EndpointIndex } from './endpoint-index.ts'
import { isSelected, type ClassRules } from './ingress-class.ts'
import { viewIngress } from './ingress-view.ts'
import { RoutingTable } from './routing-table.ts'

export interface RoutingOptions extends ClassRules {
  /** `namespace/name:port` of the Service behind everything no rule takes. */
  readonly defaultBackend?: { readonly namespace: string; readonly name: string; readonly port: number | string }
}

export interface Routing {
  readonly table: RoutingTable
  readonly endpoints: EndpointIndex
}

export function buildRoutingTable(
  ingresses: readonly Ingress[],
  ingressClasses: readonly IngressClass[],
  services: readonly Service[],
  endpointSlices: readonly EndpointSlice[],
  options: RoutingOptions,
): Routing {
  const classes = new Map(ingressClasses.map((ingressClass) => [ingressClass.metadata.name, ingressClass]))
  const { defaultBackend } = options
  const table = new RoutingTable(
    defaultBackend && serviceBackend(defaultBackend.namespace, defaultBackend.name, defaultBackend.port),
  )
  const endpoints = new EndpointIndex()
  for (const ingress of ingresses) if (isSelected(ingress, classes, options)) table.put(viewIngress(ingress))
  for (const service of services) endpoints.putService(service)
  for (const slice of endpointSlices) endpoints.putSlice(slice)
  table.commit()
  return { table, endpoints }
}
