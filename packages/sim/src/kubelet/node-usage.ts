// What the pods that a node has taken on ask of it: resources and host ports. The scheduler counts for itself; this is the kubelet's
// own count, against which it admits pods. Source: kubernetes pkg/scheduler/framework/types.go (NodeInfo).

import type { Pod } from '@podwire/apiserver'
import type { Amounts } from '@podwire/controllers'
import { HostPortClaims } from './host-ports.ts'

export class NodeUsage {
  readonly hostPorts = new HostPortClaims()
  readonly #requests = new Map<string, Amounts>()
  readonly #used = new Map<string, number>()

  get pods(): number {
    return this.#requests.size
  }

  used(resource: string): number {
    return this.#used.get(resource) ?? 0
  }

  /** A pod the node takes on; its ports are free. */
  claim(pod: Pod, requests: Amounts): void {
    this.hostPorts.claim(pod)
    this.#requests.set(pod.metadata.uid, requests)
    this.#count(requests, 1)
  }

  /** Its sandbox is gone, or it was never taken on. */
  release(pod: Pod): void {
    this.hostPorts.release(pod)
    const requests = this.#requests.get(pod.metadata.uid)
    if (requests === undefined) return
    this.#requests.delete(pod.metadata.uid)
    this.#count(requests, -1)
  }

  #count(requests: Amounts, sign: 1 | -1): void {
    for (const [resource, amount] of requests) this.#used.set(resource, this.used(resource) + sign * amount)
  }
}
