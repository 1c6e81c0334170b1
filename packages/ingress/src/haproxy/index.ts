// haproxytech's kubernetes-ingress: Ingresses as map files (route-maps.ts), annotations, what is done about a request
// (request-director.ts), haproxy's pages.

export {
  createHaproxyController,
  type HaproxyController,
  type HaproxyControllerOptions,
  type HaproxyMap,
} from './haproxy-controller.ts'
