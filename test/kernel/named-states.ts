// The cluster states everybody asks about first, by name.

import { PLAIN, type ClusterState, type EndpointState, type ServiceState } from './states.ts'

const on = (...who: readonly EndpointState['who'][]): readonly EndpointState[] =>
  who.map((one) => ({ who: one, condition: 'ready' }))

const EVERYWHERE = on('pod0', 'pod1', 'remote0')

function state(service: Partial<ServiceState>, more: Partial<ClusterState> = {}): ClusterState {
  return { ...PLAIN, services: [{ type: 'ClusterIP', ports: ['tcp 80'], endpoints: EVERYWHERE, ...service }], ...more }
}

const LOAD_BALANCER = { type: 'LoadBalancer', externalIP: true, vip: true } as const

export const NAMED_STATES: readonly { readonly name: string; readonly state: ClusterState }[] = [
  { name: 'ClusterIP', state: state({}) },
  { name: 'NodePort', state: state({ type: 'NodePort' }) },
  { name: 'external IP', state: state({ externalIP: true }) },
  { name: 'load-balancer VIP with source ranges', state: state({ ...LOAD_BALANCER, ranges: [0] }) },
  { name: 'load-balancer VIP, the node in a source range', state: state({ ...LOAD_BALANCER, ranges: [0, 1] }) },
  { name: 'externalTrafficPolicy Local', state: state({ ...LOAD_BALANCER, externalLocal: true }) },
  {
    name: 'externalTrafficPolicy Local without local endpoints',
    state: state({ ...LOAD_BALANCER, externalLocal: true, endpoints: on('remote0', 'remote1') }),
  },
  { name: 'internalTrafficPolicy Local', state: state({ ...LOAD_BALANCER, internalLocal: true }) },
  {
    name: 'internalTrafficPolicy Local without local endpoints',
    state: state({ ...LOAD_BALANCER, internalLocal: true, endpoints: on('remote0') }),
  },
  { name: 'both policies Local', state: state({ ...LOAD_BALANCER, internalLocal: true, externalLocal: true }) },
  { name: 'hairpin', state: state({ type: 'NodePort', endpoints: on('pod0') }) },
  { name: 'no endpoints', state: state({ ...LOAD_BALANCER, endpoints: [], ports: ['tcp 80', 'udp 53'] }) },
  {
    name: 'only terminating endpoints',
    state: state({
      ...LOAD_BALANCER,
      externalLocal: true,
      endpoints: [
        { who: 'pod0', condition: 'draining' },
        { who: 'remote0', condition: 'draining' },
        { who: 'pod1', condition: 'terminating' },
        { who: 'remote1', condition: 'unready' },
      ],
    }),
  },
  { name: 'session affinity', state: state({ ...LOAD_BALANCER, affinitySeconds: 10_800 }) },
  { name: 'several ports', state: state({ ...LOAD_BALANCER, ports: ['tcp 80', 'tcp 443', 'udp 53'] }) },
  { name: 'UDP and TCP on one port', state: state({ ...LOAD_BALANCER, ports: ['udp 53', 'tcp 53'] }) },
  { name: 'host-network endpoint', state: state({ ...LOAD_BALANCER, endpoints: on('host', 'pod0') }) },
  { name: 'IPv6', state: state({ ...LOAD_BALANCER, ports: ['tcp 80', 'udp 53'] }, { family: 'ipv6' }) },
  {
    name: 'IPv6, both policies Local',
    state: state({ ...LOAD_BALANCER, internalLocal: true, externalLocal: true, ranges: [0] }, { family: 'ipv6' }),
  },
  { name: 'IPv6 hairpin', state: state({ type: 'NodePort', endpoints: on('pod0') }, { family: 'ipv6' }) },
]
