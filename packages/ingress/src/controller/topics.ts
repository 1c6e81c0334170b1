// What an ingress controller publishes on the bus: watch → render → write → reload, step by step.

import { topic } from '@podwire/engine'

export interface IngressSynced {
  readonly controller: string
  /** Hosts whose routes were built again. */
  readonly hosts: readonly string[]
  /** Whether nginx.conf changed, so that it was written and nginx reloaded. */
  readonly reloaded: boolean
}

/** The controller took in what its informers saw. */
export const ingressSynced = topic<IngressSynced>('ingress.synced', (digest, { controller, hosts, reloaded }) => {
  digest.text(controller)
  for (const host of hosts) digest.text(host)
  digest.number(reloaded ? 1 : 0)
})

export interface IngressReloaded {
  readonly controller: string
  /** 1 for the configuration nginx started with. */
  readonly generation: number
}

/** nginx runs with a new nginx.conf. */
export const ingressReloaded = topic<IngressReloaded>('ingress.reloaded', (digest, { controller, generation }) => {
  digest.text(controller)
  digest.number(generation)
})
