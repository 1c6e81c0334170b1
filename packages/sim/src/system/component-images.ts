// Images of components that live in the composition root: their pods are the switches.

import type { KubeProxy } from '@podwire/proxy'
import { componentImage } from '../images/component.ts'
import type { Image } from '../images/image.ts'

export function kubeProxyImage(proxy: () => KubeProxy): Image {
  return componentImage({
    name: 'kube-proxy',
    entrypoint: ['/usr/local/bin/kube-proxy'],
    ports: [10_249, 10_256],
    run: (context) => {
      const node = context.pod.spec.nodeName ?? ''
      proxy().setNodeRunning(node, true)
      return () => proxy().setNodeRunning(node, false)
    },
  })
}

/** The control plane runs inside podwire whatever its pods do: as static pods they come back at once anyway. */
export const CONTROL_PLANE_IMAGES: readonly Image[] = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
].map((name) => componentImage({ name, entrypoint: [name], run: () => () => {} }))
