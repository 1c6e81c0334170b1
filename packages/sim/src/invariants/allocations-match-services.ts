// What Services have is taken in the API server's allocators, and what a Service has given up can be had again: cluster IPs, node ports,
// and the ports of health checks. Source: kubernetes registry/core/service/storage/alloc.go, ipallocator/controller/repairip.go (whose
// findings these are). Only Services that have changed are looked at.

import { services, type Service } from '@podwire/apiserver'
import { Claims } from './claims.ts'
import type { Invariant } from './invariant.ts'

const PORT = /^port (\d+)$/

export const allocationsMatchServices: Invariant = {
  name: 'allocations-match-services',
  watch({ composition }, changes) {
    const { clusterIps, nodePorts } = composition.server.allocators
    const claims = new Claims()
    const before = new Map<string, readonly string[]>()
    const isTaken = (value: string): boolean => {
      const port = PORT.exec(value)?.[1]
      return port === undefined ? clusterIps.has(value) : nodePorts.has(Number(port))
    }
    return () => {
      const touched = new Set<string>()
      for (const { key, object } of changes.of(services)) {
        const now = object === undefined ? [] : allocated(object)
        for (const value of [...(before.get(key) ?? []), ...now]) touched.add(value)
        claims.set(key, now)
        if (object === undefined) before.delete(key)
        else before.set(key, now)
      }
      return [...touched].flatMap((value) => {
        if (isTaken(value) === claims.has(value)) return []
        return [`${value} is ${isTaken(value) ? 'taken, and no Service has it' : 'not taken, though a Service has it'}`]
      })
    }
  },
}

function allocated({ spec }: Service): readonly string[] {
  const ports = [spec.healthCheckNodePort, ...(spec.ports ?? []).map(({ nodePort }) => nodePort)]
  return [
    ...(spec.clusterIPs ?? []).filter((address) => address !== 'None' && address !== ''),
    ...ports.flatMap((port) => (port === undefined || port === 0 ? [] : [`port ${port}`])),
  ]
}
