// Images: what containers run. image.ts is the contract, registry.ts finds them by name, one file each for the built-in ones;
// users add their own through the registry.

export { BUILT_IN_IMAGES } from './built-in.ts'
export { componentImage, type ComponentImageOptions } from './component.ts'
export { coreDnsImage, type CoreDnsImageOptions } from './coredns.ts'
export type {
  ContainerContext,
  Image,
  LookupResult,
  NameResolver,
  ResolverQuery,
  RunningProgram,
  Signal,
} from './image.ts'
export { canonicalImageName, parseImageName } from './image-name.ts'
export { DEFAULT_SIGNALS, GO_SIGNALS, GRACEFUL_SIGNALS, takesSignals, type SignalTable } from './program.ts'
export { ingressNginxImage, type IngressNginxImageOptions } from './ingress-nginx.ts'
export { createImageRegistry, type ImageRegistry, type ImageRegistryOptions } from './registry.ts'
export type { FetchProgram, NodeProgram, SocketProgram, UserImageOptions } from './user-images.ts'
