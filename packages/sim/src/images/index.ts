// Images: what containers run. image.ts is the contract, program.ts how programs take signals, registry.ts finds images by
// name; one file each for the built-in ones. Users add their own through the registry.

export { coreDnsImage } from './coredns.ts'
export { haproxyIngressImage } from './haproxy-ingress.ts'
export { ingressNginxImage } from './ingress-nginx.ts'
export { metalLbImages } from './metallb.ts'
export { type SignalTable } from './program.ts'
export { traefikImage } from './traefik.ts'
export { createImageRegistry, type ImageRegistry, type ImageRegistryOptions } from './registry.ts'
export type { FetchProgram, NodeProgram, SocketProgram, UserImageOptions } from './user-images.ts'
