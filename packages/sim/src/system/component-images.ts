// Images of components that live in the composition root: their pods are the switches.

import type { KubeProxy, KubeProxyOptions } from '@podwire/proxy'
import { componentImage } from '../images/component.ts'
import { startKubeProxyProcess } from '../kube-proxy/process.ts'
import type { Image } from '../images/image.ts'

/** @param base what kube-proxy's configuration does not say. Departure: the image has a shell and all tools */
export function kubeProxyImage(proxy: KubeProxy, base: KubeProxyOptions): Image {
  return {
    name: 'kube-proxy',
    entrypoint: ['/usr/local/bin/kube-proxy'],
    ports: [10_249, 10_256],
    libc: 'glibc',
    start: (context) => startKubeProxyProcess(context, proxy, base),
  }
}

/** The control plane runs inside podwire whatever its pods do: as static pods they come back at once anyway. */
export const CONTROL_PLANE_IMAGES: readonly Image[] = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
].map((name) => componentImage({ name, entrypoint: [name], run: () => () => {} }))
