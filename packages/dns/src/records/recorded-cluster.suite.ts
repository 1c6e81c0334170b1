// The small cluster the recorded answers are about (recorded-answers.suite.ts), as an index and as three configurations.

import type { EndpointSlice, Namespace, Pod, Service } from '@podwire/apiserver'
import { RecordIndex } from './record-index.ts'
import { DEFAULT_ZONE_OPTIONS, type ZoneOptions } from './zone-options.ts'

const stored = { uid: '', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' }

export function namespace(name: string): Namespace {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { ...stored, name }, spec: {} }
}

/** @param key `namespace/name` @param ports `web:8080`, `sig/UDP:5060`, `:443` */
export function service(
  key: string,
  clusterIPs: readonly string[],
  ports: readonly string[],
  externalName?: string,
): Service {
  const [namespace = '', name = ''] = key.split('/')
  const metadata = { ...stored, name, namespace }
  if (externalName !== undefined) {
    return { apiVersion: 'v1', kind: 'Service', metadata, spec: { type: 'ExternalName', externalName } }
  }
  const spec = { type: 'ClusterIP', clusterIP: clusterIPs[0] ?? '', clusterIPs, ports: ports.map(port) }
  return { apiVersion: 'v1', kind: 'Service', metadata, spec }
}

/** @param endpoints `10.244.4.11 hostname=a pod=b notready` */
export function slice(
  key: string,
  endpoints: readonly string[],
  ports: readonly string[],
  suffix = 'a',
): EndpointSlice {
  const [namespace = '', name = ''] = key.split('/')
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...stored, name: `${name}-${suffix}`, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: endpoints[0]?.includes(':') === true ? 'IPv6' : 'IPv4',
    endpoints: endpoints.map((text) => endpoint(text, namespace)),
    ports: ports.map(port),
  }
}

function pod(key: string, podIP: string, deletionTimestamp?: string): Pod {
  const [namespace = '', name = ''] = key.split('/')
  const metadata = { ...stored, name, namespace, ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }) }
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [{ name: 'c' }] }, status: { podIP } }
}

function port(text: string): { name: string; protocol: string; port: number } {
  const [, name = '', protocol = 'TCP', number = '0'] = /^([^/:]*)(?:\/(\w+))?:(\d+)$/.exec(text) ?? []
  return { name, protocol, port: Number(number) }
}

function endpoint(text: string, namespace: string): NonNullable<EndpointSlice['endpoints']>[number] {
  const [address = '', ...facts] = text.split(' ')
  const fact = (name: string): string | undefined =>
    facts.find((candidate) => candidate.startsWith(`${name}=`))?.slice(name.length + 1)
  const [hostname, podName] = [fact('hostname'), fact('pod')]
  return {
    addresses: [address],
    conditions: { ready: !facts.includes('notready') },
    ...(hostname === undefined ? {} : { hostname }),
    ...(podName === undefined ? {} : { targetRef: { kind: 'Pod', name: podName, namespace } }),
  }
}

const HEADLESS = ['None']

const recordedNamespaces = ['shop', 'ops', 'lab-9', 'platform', 'vacant'].map(namespace)

export const recordedServices: readonly Service[] = [
  service('platform/cluster-dns', ['10.96.0.10'], ['dns/UDP:53', 'dns-tcp:53', 'metrics:9153']),
  service('shop/cart', ['10.96.4.1'], ['web:8080']),
  service('shop/till', ['10.96.4.2'], [':443']),
  service('shop/depot', ['10.96.4.3'], ['web:80', 'web-admin-v2:8081', 'grpc:9000', 'stats/UDP:8125']),
  service('shop/ledger', HEADLESS, ['db:5432', 'repl-log:5433']),
  service('shop/flock', HEADLESS, ['web:8080']),
  service('ops/quiet', HEADLESS, ['q:70']),
  service('ops/portless', HEADLESS, []),
  service('ops/idle', ['10.96.6.1'], ['web:80']),
  service('ops/portal', [], [], 'portal.example.net'),
  service('ops/shortcut', [], [], 'cart.shop.svc.cluster.local'),
  service('ops/twice', [], [], 'shortcut.ops.svc.cluster.local'),
  service('ops/numeric', [], [], '192.0.2.44'),
  service('ops/ouro', [], [], 'ouro.ops.svc.cluster.local'),
  service('lab-9/cart', ['10.96.9.3'], ['web:8080']),
  service('lab-9/both', ['10.96.9.2', 'fd00:96::9:2'], ['web:80']),
  service('lab-9/pair', HEADLESS, ['p:90']),
]

export const recordedSlices: readonly EndpointSlice[] = [
  slice(
    'platform/cluster-dns',
    ['10.244.0.10 pod=resolver-7c-a', '10.244.0.11 pod=resolver-7c-b'],
    ['dns/UDP:53', 'dns-tcp:53', 'metrics:9153'],
  ),
  slice('shop/cart', ['10.244.4.11 pod=cart-5d-q1', '10.244.4.12 pod=cart-5d-q2'], ['web:8080']),
  slice('shop/till', ['10.244.4.13'], [':443']),
  slice(
    'shop/depot',
    ['10.244.4.14 hostname=depot-zero pod=depot-0'],
    ['web:80', 'web-admin-v2:8081', 'grpc:9000', 'stats/UDP:8125'],
  ),
  slice(
    'shop/ledger',
    [
      '10.244.4.21 hostname=ledger-0 pod=ledger-0',
      '10.244.4.22 hostname=ledger-1 pod=ledger-1',
      '10.244.4.23 hostname=ledger-2 notready',
    ],
    ['db:5432', 'repl-log:5433'],
  ),
  slice('shop/flock', ['10.244.4.11 pod=cart-5d-q1', '10.244.4.31 pod=flock.dotted', '10.244.4.32'], ['web:8080']),
  slice('ops/quiet', [], ['q:70']),
  slice('ops/portless', ['10.244.6.8 hostname=pl-0'], []),
  slice('ops/idle', ['10.244.6.9 hostname=idle-0 notready'], ['web:80']),
  slice('lab-9/cart', ['10.244.4.11'], ['web:8080']),
  slice('lab-9/both', ['10.244.9.12 pod=both-0'], ['web:80']),
  slice('lab-9/both', ['fd00:244::9:12 pod=both-0'], ['web:80'], 'b'),
  slice('lab-9/pair', ['10.244.9.13 hostname=pair-0'], ['p:90']),
  slice('lab-9/pair', ['fd00:244::9:13 hostname=pair-0', 'fd00:244::9:14'], ['p:90'], 'b'),
]

const recordedPods: readonly Pod[] = [
  pod('shop/cart-5d-q1', '10.244.4.11'),
  pod('ops/loner', '10.244.6.70'),
  pod('ops/going', '10.244.6.78', '2026-01-01T00:00:00Z'),
  pod('lab-9/six-0', 'fd00:244::9:11'),
]

export function recordedIndex(): RecordIndex {
  const index = new RecordIndex()
  for (const one of recordedNamespaces) index.putNamespace(one)
  for (const one of recordedServices) index.putService(one)
  for (const one of recordedSlices) index.putSlice(one)
  for (const one of recordedPods) index.putPod(one)
  return index
}

const zones = ['cluster.local.', 'in-addr.arpa.', 'ip6.arpa.']

export type RecordedConfiguration = 'kubeadm' | 'verified' | 'disabled'

export const recordedConfigurations: Readonly<Record<RecordedConfiguration, ZoneOptions>> = {
  kubeadm: { ...DEFAULT_ZONE_OPTIONS, zones, ttl: 30, pods: 'insecure', fallthrough: ['in-addr.arpa.', 'ip6.arpa.'] },
  verified: { ...DEFAULT_ZONE_OPTIONS, zones, pods: 'verified', endpointPodNames: true },
  disabled: { ...DEFAULT_ZONE_OPTIONS, zones, pods: 'disabled', ignoreEmptyService: true },
}

/** The recording server's own address, an endpoint of platform/cluster-dns. */
export const RECORDED_LOCAL_ADDRESSES = ['10.244.0.10']
