// No two pods on a node have one hostPort of the same protocol and address.

import { pods, type Pod } from '@podwire/apiserver'
import { Claims } from './claims.ts'
import type { Invariant } from './invariant.ts'

export const hostPortsAreFree: Invariant = {
  name: 'host-ports-are-free',
  watch(_cluster, changes) {
    const claims = new Claims()
    return () => {
      for (const { key, object } of changes.of(pods)) claims.set(key, object === undefined ? [] : hostPortsOf(object))
      return claims.contested().map(([port, owners]) => `${port} is used by ${owners.join(' and ')}`)
    }
  },
}

function hostPortsOf({ spec, status, metadata }: Pod): readonly string[] {
  const { nodeName, hostNetwork = false } = spec
  const ended = status?.phase === 'Succeeded' || status?.phase === 'Failed'
  // A pod of the host network declares ports; what it listens on is its own affair.
  if (nodeName === undefined || hostNetwork || ended || metadata.deletionTimestamp !== undefined) return []
  const ports = spec.containers.flatMap(({ ports }) => ports ?? [])
  return ports.flatMap(({ hostPort, hostIP = '0.0.0.0', protocol = 'TCP' }) =>
    hostPort === undefined || hostPort === 0 ? [] : [`port ${hostPort}/${protocol} of ${hostIP} on ${nodeName}`],
  )
}
