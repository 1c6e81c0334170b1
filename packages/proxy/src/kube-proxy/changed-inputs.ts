// Which Services two states of a cluster differ in, as far as one address family can tell.
// Source: kubernetes pkg/proxy/servicechangetracker.go, endpointschangetracker.go and meta_proxier.go: each family has a proxier
// of its own, which sees slices of its address type, and syncs when they or its service ports have changed.

import type { IpFamily } from '../dataplane/packet.ts'
import { inputOf, type ServiceInput, type WatchedService } from '../services/service-inputs.ts'
import { servicePortsOf, type ServiceReading } from '../services/service-port.ts'

/** By `ns/name`: what it is now; undefined: there is no such Service. */
export function changedInputs(
  before: ReadonlyMap<string, WatchedService>,
  after: ReadonlyMap<string, WatchedService>,
  family: IpFamily,
  reading: ServiceReading,
): ReadonlyMap<string, ServiceInput | undefined> {
  const changes = new Map<string, ServiceInput | undefined>()
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const { service, slices } = after.get(key) ?? NOTHING
    const old = facts(before.get(key) ?? NOTHING, family, reading)
    if (old === facts({ service, slices }, family, reading)) continue
    changes.set(key, service === undefined ? undefined : inputOf(service, slices))
  }
  return changes
}

const NOTHING: WatchedService = { service: undefined, slices: [] }

/** Everything the family's rules are made from, as a text. */
function facts({ service, slices }: WatchedService, family: IpFamily, reading: ServiceReading): string {
  const type = family === 'ipv4' ? 'IPv4' : 'IPv6'
  const seen = slices
    .filter(({ addressType }) => addressType === type)
    .map(({ metadata, ports, endpoints }) => [metadata.name, ports, endpoints])
  return JSON.stringify([service === undefined ? [] : servicePortsOf(service, family, reading), seen])
}
