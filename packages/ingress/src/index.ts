// @podwire/ingress: ingress controllers. routing/ decides where a request goes, nginx/ is ingress-nginx's behaviour
// (annotations, headers, nginx.conf), traefik/ and haproxy/ theirs, balancer/ who gets a request, controller/ the process that watches and syncs.

export {
  type Authenticating,
  createIngressController,
  ingressReloaded,
  ingressSynced,
  type Handled,
  type IngressController,
  type IngressControllerOptions,
  type IngressReloaded,
  type IngressSynced,
  type BodyRules,
  type Passed,
  type RouteTaken,
  type StatusSource,
} from './controller/index.ts'
export type { ControllerLog, KeyPair } from './tls/index.ts'
export type { HeaderList, HttpRequest, HttpResponse, Peer } from './http/message.ts'
export { nginxRefusal, renderTable, type Frontend, type SubRequest } from './nginx/index.ts'
export {
  buildRoutingTable,
  matchRoute,
  normalizeUri,
  type Backend,
  type BackendEndpoint,
  type Route,
  type RouteRequest,
  type Routing,
  type RoutingOptions,
} from './routing/index.ts'
export {
  createTraefikController,
  traefikRelease,
  type EntryPoint,
  type EntryPointRedirect,
  type TraefikController,
  type TraefikRelease,
  type TrustRules,
} from './traefik/index.ts'
export { createHaproxyController, type HaproxyController, type HaproxyMap } from './haproxy/index.ts'
