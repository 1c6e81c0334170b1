// Images of cluster components that run inside podwire itself (kube-proxy, kube-apiserver, controllers, a load balancer's
// speaker): the pod is the switch. While the container runs the component works; when it ends the component stops.

import type { ContainerContext, Image } from './image.ts'
import { takesSignals } from './program.ts'

export interface ComponentImageOptions {
  /** `kube-proxy` */
  readonly name: string
  readonly aliases?: readonly string[]
  readonly entrypoint: readonly string[]
  readonly ports?: readonly number[]
  /** Starts the component for this pod; the returned function stops it. */
  readonly run: (context: ContainerContext) => () => void
}

export function componentImage(options: ComponentImageOptions): Image {
  return {
    name: options.name,
    ...(options.aliases === undefined ? {} : { aliases: options.aliases }),
    entrypoint: options.entrypoint,
    ports: options.ports ?? [],
    libc: 'glibc',
    distroless: true,
    start: (context) => {
      const stop = options.run(context)
      const program = takesSignals(context, { SIGTERM: 0, SIGINT: 0 })
      return { signal: (signal) => program.signal(signal), stop }
    },
  }
}
