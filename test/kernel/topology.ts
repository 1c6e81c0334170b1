// The network of the kernel referee: who is where, under which addresses, seen from the node whose rules are under test.
//
//   world ── eth0 ┐                      ┌ pod0 ── pod 0
//  client ── eth1 ┤ node-1 (the rules)   ┤
//  node-2 ── eth2 ┘                      └ pod1 ── pod 1
//
// `world` owns every address that nothing else has, so that what merely passes the node is seen as well.

export type IpFamily = 'ipv4' | 'ipv6'
export type Place = 'node' | 'client' | 'world' | 'remote' | 'pod0' | 'pod1'

interface Addresses {
  readonly node: string
  readonly client: string
  /** Also the client's: outside of the node's network, and a pod of another node. */
  readonly outsider: string
  readonly distantPod: string
  readonly world: string
  readonly node2: string
  /** The node's end of each pod's cable. */
  readonly gateway: string
  readonly pods: readonly [string, string]
  readonly remotePods: readonly [string, string]
  readonly loopback: string
  readonly clusterCidr: string
  readonly podCidr: string
  readonly remoteCidr: string
  readonly serviceCidr: string
  readonly externalIPs: readonly string[]
  readonly vips: readonly string[]
  readonly clusterIP: (index: number) => string
  readonly ranges: readonly string[]
}

export const ADDRESSES: Readonly<Record<IpFamily, Addresses>> = {
  ipv4: {
    node: '172.18.0.2',
    client: '172.18.0.1',
    outsider: '203.0.113.7',
    distantPod: '10.244.2.9',
    world: '172.18.0.254',
    node2: '172.18.0.3',
    gateway: '10.244.0.1',
    pods: ['10.244.0.5', '10.244.0.6'],
    remotePods: ['10.244.1.5', '10.244.1.6'],
    loopback: '127.0.0.1',
    clusterCidr: '10.244.0.0/16',
    podCidr: '10.244.0.0/24',
    remoteCidr: '10.244.1.0/24',
    serviceCidr: '10.96.0.0/16',
    externalIPs: ['198.51.100.7', '198.51.100.8'],
    vips: ['192.0.2.1', '192.0.2.2', '192.0.2.3'],
    clusterIP: (index) => `10.96.0.${index + 10}`,
    ranges: ['203.0.113.0/25', '172.18.0.0/24', '10.244.0.0/16', '198.51.100.0/24'],
  },
  ipv6: {
    node: 'fd00:18::2',
    client: 'fd00:18::1',
    outsider: 'fd00:113::7',
    distantPod: 'fd00:244:0:2::9',
    world: 'fd00:18::fe',
    node2: 'fd00:18::3',
    gateway: 'fd00:244::1',
    pods: ['fd00:244::5', 'fd00:244::6'],
    remotePods: ['fd00:244:0:1::5', 'fd00:244:0:1::6'],
    loopback: '::1',
    clusterCidr: 'fd00:244::/48',
    podCidr: 'fd00:244::/64',
    remoteCidr: 'fd00:244:0:1::/64',
    serviceCidr: 'fd00:96::/112',
    externalIPs: ['fd00:51::7', 'fd00:51::8'],
    vips: ['fd00:2::1', 'fd00:2::2', 'fd00:2::3'],
    clusterIP: (index) => `fd00:96::${index + 10}`,
    ranges: ['fd00:113::/64', 'fd00:18::/64', 'fd00:244::/48', 'fd00:51::/64'],
  },
}

/** What endpoints listen on, TCP and UDP; a host-network pod on the node has the last one. */
export const TARGET_PORTS = [8080, 9053] as const
export const HOST_PORT = 9090
/** What services are asked for at; `world` answers there too. */
export const SERVICE_PORTS = [53, 80, 443] as const
/** Most services in one state: `world` knows the cluster IPs of so many. */
export const SERVICES_AT_MOST = 8

/** Is an address of one of the node's interfaces. */
export function isNodeAddress(address: string): boolean {
  if (address.startsWith('127.') || address === '::1') return true
  return Object.values(ADDRESSES).some(({ node, gateway }) => address === node || address === gateway)
}

/** The node's device towards an address. */
export function deviceTo(address: string): string {
  if (isNodeAddress(address)) return 'lo'
  for (const { client, outsider, distantPod, node2, pods, remotePods } of Object.values(ADDRESSES)) {
    if (address === client || address === outsider || address === distantPod) return 'eth1'
    if (address === node2 || remotePods.includes(address)) return 'eth2'
    if (pods.includes(address)) return `pod${pods.indexOf(address)}`
  }
  return 'eth0'
}

/** The address MASQUERADE takes on a device. */
export function deviceAddress(device: string, family: IpFamily): string {
  const { node, gateway } = ADDRESSES[family]
  // 127.0.0.1 has the scope of the host, and is no source for anything: the next device's address is taken.
  return device.startsWith('pod') ? gateway : node
}
