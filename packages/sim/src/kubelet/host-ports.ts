// Host ports: which ones a pod asks for, and who has them on this node. The scheduler keeps pods apart; a pod that was bound by
// hand is rejected by the kubelet. Source: kubernetes pkg/kubelet/lifecycle/predicate.go (NodePorts), pkg/scheduler nodeports.

import type { Container, Pod } from '@podwire/apiserver'

export interface HostPort {
  /** `TCP`, `UDP`, `SCTP` */
  readonly protocol: string
  /** Empty: any address of the node. */
  readonly hostIP: string
  readonly hostPort: number
  readonly containerPort: number
}

const NONE: readonly HostPort[] = []

/** Ports of containers and sidecars. Nearly all pods have none, so nothing is made then. */
export function hostPortsOf({ spec }: Pod): readonly HostPort[] {
  let found: HostPort[] | undefined
  for (const container of spec.containers) found = collect(container, found)
  for (const container of spec.initContainers ?? NO_CONTAINERS) {
    if (container.restartPolicy === 'Always') found = collect(container, found)
  }
  return found ?? NONE
}

const NO_CONTAINERS: readonly Container[] = []

function collect({ ports }: Container, found: HostPort[] | undefined): HostPort[] | undefined {
  if (ports === undefined) return found
  let all = found
  for (const { hostPort = 0, hostIP = '', protocol = 'TCP', containerPort } of ports) {
    if (hostPort === 0) continue
    all ??= []
    all.push({ protocol, hostPort, containerPort, hostIP: hostIP === '0.0.0.0' || hostIP === '::' ? '' : hostIP })
  }
  return all
}

export class HostPortClaims {
  readonly #claims = new Map<string, readonly HostPort[]>()

  /** False when another pod of the node has one of its ports. */
  isFree(pod: Pod): boolean {
    const wanted = hostPortsOf(pod)
    if (wanted.length === 0) return true
    for (const [owner, ports] of this.#claims) {
      if (owner !== pod.metadata.uid && ports.some((port) => wanted.some((other) => conflict(port, other))))
        return false
    }
    return true
  }

  claim(pod: Pod): void {
    const wanted = hostPortsOf(pod)
    if (wanted.length > 0) this.#claims.set(pod.metadata.uid, wanted)
  }

  release(pod: Pod): void {
    this.#claims.delete(pod.metadata.uid)
  }
}

function conflict(a: HostPort, b: HostPort): boolean {
  if (a.hostPort !== b.hostPort || a.protocol !== b.protocol) return false
  return a.hostIP === b.hostIP || a.hostIP === '' || b.hostIP === ''
}
