// What a cloud provider does for Services of type LoadBalancer: the interface between the service controller and the cloud.
// Source: kubernetes staging/src/k8s.io/cloud-provider/cloud.go (LoadBalancer).

import type { Node, Service } from '@podwire/apiserver'

export interface LoadBalancerIngress {
  readonly ip: string
  /** `VIP`: packets arrive with the balancer's address; `Proxy`: with the node's. */
  readonly ipMode: 'VIP' | 'Proxy'
}

/** The cloud says no, in its own words; it is asked again later. */
export class CloudError extends Error {
  override readonly name = 'CloudError'
}

export interface CloudLoadBalancers {
  /** @throws CloudError */
  ensure(service: Service, nodes: readonly Node[]): readonly LoadBalancerIngress[]
  /** The nodes behind it have changed. @throws CloudError */
  update(service: Service, nodes: readonly Node[]): void
  /** @param key `NAMESPACE/NAME` */
  exists(key: string): boolean
  delete(key: string): void
}
