// Shapes of what a cluster can be told at the start, and of kube-proxy's flags. What a value means beyond its type (a range, a version,
// a controller's name) is checked where it is read.

import type { KubeProxyOptions } from '@podwire/proxy'
import { SCHEDULERS } from '../kube-proxy/flag-values.ts'
import type { ClusterOptions, NodeSettings } from '../sdk/options.ts'
import { INGRESS_CONTROLLERS } from '../system/ingress-controller-names.ts'
import { options } from './options.ts'
import {
  atLeast0,
  duration,
  either,
  flag,
  having,
  listOf,
  name,
  oneOf,
  recordOf,
  text,
  value,
  wholeNumber,
} from './shape.ts'

const MOST_NODES = 5000

type Taint = NonNullable<NodeSettings['taints']>[number]

const TAINT = options<Taint>(
  { key: name, value: text, effect: oneOf('NoSchedule', 'PreferNoSchedule', 'NoExecute'), timeAdded: text },
  'key',
  'effect',
)

export const NODE_SETTINGS = options<NodeSettings>({
  zone: name,
  region: name,
  labels: recordOf(text),
  taints: listOf(TAINT),
  capacity: recordOf(text, "an object of texts, such as { cpu: '4', memory: '8Gi' }"),
})

export const KUBE_PROXY_FLAGS = options<Omit<KubeProxyOptions, 'kubernetesVersion'>>({
  proxyMode: oneOf('iptables', 'ipvs', 'nftables', 'userspace'),
  ipvsScheduler: oneOf(...SCHEDULERS),
  ipvsExcludeCidrs: listOf(text),
  ipvsTcpTimeout: duration,
  ipvsTcpFinTimeout: duration,
  ipvsUdpTimeout: duration,
  clusterCidr: text,
  detectLocalMode: oneOf('ClusterCIDR', 'NodeCIDR', 'BridgeInterface', 'InterfaceNamePrefix'),
  podBridgeInterface: text,
  podInterfaceNamePrefix: text,
  masqueradeAll: flag,
  masqueradeBit: wholeNumber(0, 31),
  nodePortAddresses: listOf(text),
  localhostNodePorts: flag,
  conntrackTcpBeLiberal: flag,
  bindAddress: text,
  conntrackMaxPerCore: wholeNumber(0),
  conntrackMin: wholeNumber(0),
  minSyncPeriod: duration,
  syncPeriod: duration,
  ipFamilies: listOf(oneOf('ipv4', 'ipv6')),
  serviceCidrs: listOf(text),
  proxyPortRange: text,
  udpTimeout: duration,
  nfacct: flag,
})

/** Of an Image; what is in it is its own affair. */
export const IMAGE = having("an image, as fetchImage('team/hello', …) makes one", 'name', 'entrypoint', 'ports')
export const INVARIANT = having('an invariant, as defineInvariant(name, check) makes one', 'name', 'watch')
export const INVARIANTS = either(flag, listOf(INVARIANT, 'a list of them'))
export const GUARD = oneOf('throw', 'warn', 'off')

const count = wholeNumber(1, MOST_NODES)
const nodes = either(
  { ...count, fits: (given) => !Array.isArray(given) && count.fits(given) },
  {
    ...listOf(NODE_SETTINGS, 'a list of what each is like'),
    fits: (given) => Array.isArray(given) && given.length > 0,
  },
)

export const CLUSTER_OPTIONS = options<ClusterOptions>({
  nodes,
  seed: wholeNumber(),
  kubernetesVersion: value("a text such as 'v1.36.2'", (given) => typeof given === 'string'),
  proxy: KUBE_PROXY_FLAGS,
  serviceCidr: text,
  podNetworkCidr: text,
  nodePortRange: value("a text such as '30000-32767'", (given) => typeof given === 'string'),
  ingress: either(flag, listOf(oneOf(...INGRESS_CONTROLLERS), `a list of ${INGRESS_CONTROLLERS.join(', ')}`)),
  loadBalancer: oneOf('metallb', 'cloud'),
  strictImages: flag,
  images: listOf(IMAGE, 'a list of images'),
  bare: either(flag, options<{ controllers: readonly string[] }>({ controllers: listOf(name) }, 'controllers')),
  controllers: listOf(name, "a list of names, such as ['*', '-job-controller']"),
  authorization: oneOf('RBAC', 'AlwaysAllow'),
  flowTraces: flag,
  guard: GUARD,
  invariants: INVARIANTS,
  epochMs: atLeast0,
})
