// Controller processes: what all of them watch and when they sync (controller-process.ts), what nginx's runs with
// (routing-state.ts), how it handles a request (request-director.ts), the statuses it writes.

export { createIngressController, type IngressController, type IngressControllerOptions } from './ingress-controller.ts'
export type { Authenticating, BodyRules, Handled, Passed, RouteTaken } from './handled.ts'
export { ingressReloaded, ingressSynced, type IngressReloaded, type IngressSynced } from './topics.ts'
export type { StatusSource } from './status-source.ts'
