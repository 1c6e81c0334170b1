// Whether a component has heard of everything by the time a cluster is at rest. While a fault keeps it from the API server, what it does
// is behind, and what it should have done is looked at when it is back.

import type { Composition } from '../sdk/composition.ts'

/** @param component `kube-proxy`: all of that name; `kubelet/node-1`: one */
export function inTouch({ connections }: Composition, component: string): boolean {
  return connections
    .all()
    .filter((one) => one.component === component || one.component.startsWith(`${component}/`))
    .every((one) => one.reachable && one.watching)
}
