// Ports that pods have on their nodes: with hostPort, or of the node's own network (hostNetwork), where every declared port is one. Mirror
// pods of the control plane are left out: the API server has a door of its own.

import { objectKey, type Pod } from '@podwire/apiserver'

export interface HostPort {
  readonly node: string
  readonly port: number
  readonly protocol: 'TCP' | 'UDP'
}

export interface PodHostPort extends HostPort {
  readonly pod: Pod
}

const MIRROR = 'kubernetes.io/config.mirror'
const NONE: readonly HostPort[] = []

/** Those of a pod whose containers run. */
function hostPortsOf({ metadata, spec, status }: Pod): readonly HostPort[] {
  const node = spec.nodeName ?? ''
  if (node === '' || status?.phase !== 'Running' || metadata.annotations?.[MIRROR] !== undefined) return NONE
  if (metadata.deletionTimestamp !== undefined) return NONE
  const isOnNode = spec.hostNetwork === true
  return spec.containers.flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort = 0, containerPort, protocol = 'TCP' }) => {
      const port = isOnNode ? containerPort : hostPort
      return port === 0 || (protocol !== 'TCP' && protocol !== 'UDP') ? [] : [{ node, port, protocol }]
    }),
  )
}

/** The pods that have such ports, followed by their changes. */
export class HostPorts {
  readonly #byPod = new Map<string, readonly PodHostPort[]>()

  /** @returns whether the list of ports is another now */
  changed(pod: Pod, isGone: boolean): boolean {
    const key = objectKey(pod)
    const known = this.#byPod.get(key)
    const ports = isGone ? NONE : hostPortsOf(pod)
    if (known === undefined && ports.length === 0) return false
    if (known !== undefined && textOf(known) === textOf(ports)) return false
    if (ports.length === 0) this.#byPod.delete(key)
    else
      this.#byPod.set(
        key,
        ports.map((port) => ({ ...port, pod })),
      )
    return true
  }

  list(): readonly PodHostPort[] {
    return [...this.#byPod.values()].flat()
  }
}

function textOf(ports: readonly HostPort[]): string {
  return ports.map(({ node, port, protocol }) => `${node} ${port} ${protocol}`).join()
}
