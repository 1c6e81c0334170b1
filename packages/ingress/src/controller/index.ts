// The controller process: what it watches and when it syncs (ingress-controller.ts), what its nginx runs with
// (routing-state.ts), how it handles a request (request-director.ts), the statuses it writes.

export { createIngressController, type IngressController, type IngressControllerOptions } from './ingress-controller.ts'
export type { Authenticating, Handled, Passed, RouteTaken } from './handled.ts'
export { ingressReloaded, ingressSynced, type IngressReloaded, type IngressSynced } from './topics.ts'
