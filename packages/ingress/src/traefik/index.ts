// traefik: routers from Ingresses (kubernetes-ingress.ts; v1.7: kubernetes-ingress-v1.ts), which of them a request is for
// (router-table.ts), the servers behind them (server-pools.ts, servers.ts), what is done about a request (request-director.ts).

export { type EntryPoint, type EntryPointRedirect } from './request-director.ts'
export { type TrustRules } from './forwarded-headers.ts'
export { traefikRelease, type TraefikRelease, type TraefikRouter } from './router.ts'
export { createTraefikController, type TraefikController, type TraefikControllerOptions } from './traefik-controller.ts'
