// Routing: Ingresses taken apart (ingress-view.ts), one host's routes (server-routes.ts), all hosts (routing-table.ts), and the
// endpoints behind a backend (endpoint-index.ts).

export { type Backend, backendOf, serviceBackend } from './backend.ts'
export { buildRoutingTable, type Routing, type RoutingOptions } from './build-routing-table.ts'
export { EndpointIndex, type BackendEndpoint, type EndpointRules } from './endpoint-index.ts'
export { isSelected, legacyClass, type IngressClasses } from './ingress-class.ts'
export { DEFAULT_HOST, viewIngress, type IngressView } from './ingress-view.ts'
export type { Location, NginxLocation } from './location.ts'
export { bareHost, matchRoute, RoutingTable, type Route, type RouteRequest } from './routing-table.ts'
export { normalizeUri } from './normalize-uri.ts'
export { compilePath } from './path-pattern.ts'
export type { ServerRoutes } from './server-routes.ts'
