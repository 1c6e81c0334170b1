// Names of the Ingress controllers podwire can deploy, for those who only name them: the command line, the options of a cluster.

export const INGRESS_CONTROLLERS = ['nginx', 'traefik', 'haproxy'] as const
export type IngressControllerName = (typeof INGRESS_CONTROLLERS)[number]
