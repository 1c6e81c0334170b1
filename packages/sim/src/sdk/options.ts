// What a cluster can be told at the start. Everything has a default; equal options and inputs give equal runs.

import type { AuthorizationMode, Node } from '@podwire/apiserver'
import { PodwireError } from '@podwire/engine'
import type { KubeProxyOptions } from '@podwire/proxy'
import { CLUSTER_OPTIONS } from '../arguments/cluster-options.ts'
import { checkArguments, takes, type Signature } from '../arguments/signature.ts'
import type { GuardMode } from '../guard/guard.ts'
import type { Image } from '../images/image.ts'
import type { IngressControllerName } from '../system/ingress-controller-names.ts'
import type { Invariant } from '../invariants/index.ts'

/** What one node is like beyond its number. */
export interface NodeSettings {
  /** topology.kubernetes.io/zone */
  readonly zone?: string
  /** topology.kubernetes.io/region */
  readonly region?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly taints?: NonNullable<Node['spec']['taints']>
  /** cpu, memory, ephemeral-storage, pods; default 8 cpu, 16 Gi, 100 Gi, 110 pods. */
  readonly capacity?: Readonly<Record<string, string>>
}

export interface ClusterOptions {
  /** How many virtual nodes, `node-1`, `node-2` …, or what each of them is like; default 3. */
  readonly nodes?: number | readonly NodeSettings[]
  /** Everything random follows from it; default 1. */
  readonly seed?: number
  /** Which Kubernetes this looks like; default v1.36.2. */
  readonly kubernetesVersion?: string
  /** kube-proxy's flags under their own names. `clusterCidr` is the pod network's unless given. */
  readonly proxy?: Omit<KubeProxyOptions, 'kubernetesVersion'>
  /**
   * kubeadm's `--service-cidr`, the API server's `--service-cluster-ip-range`: a range, or one of each family with a comma. The first
   * one's family is the primary one. Default 10.96.0.0/12 (IPv6: fd00:10:96::/112) for the families of `podNetworkCidr`.
   */
  readonly serviceCidr?: string
  /**
   * kubeadm's `--pod-network-cidr`: a range, or one of each family with a comma; `'10.244.0.0/16,fd00:10:244::/56'` and a `serviceCidr`
   * of both make a dual-stack cluster. Nodes get a /24 (IPv6: /64) each. Default 10.244.0.0/16 (IPv6: fd00:10:244::/56) for the
   * families of `serviceCidr`.
   */
  readonly podNetworkCidr?: string
  /** `--service-node-port-range`; default 30000-32767. */
  readonly nodePortRange?: string
  /** Ingress controllers to deploy: `['nginx', 'traefik', 'haproxy']`, each with an IngressClass of its name. Default nginx; false: none. */
  readonly ingress?: boolean | readonly IngressControllerName[]
  /**
   * What gives Services of type LoadBalancer their addresses. `metallb` deploys MetalLB, which waits for IPAddressPools; `cloud` is
   * a cloud provider whose balancers are outside the cluster and have addresses of 198.51.100.0/24. Default: nothing does, and
   * EXTERNAL-IP is `<pending>` for ever.
   */
  readonly loadBalancer?: 'metallb' | 'cloud'
  /** Images nobody registered fail to pull instead of answering on their declared ports; default false. */
  readonly strictImages?: boolean
  /** Programs of your own, before the built-in ones. */
  readonly images?: readonly Image[]
  /**
   * The API server alone, as envtest gives it: no nodes, no scheduler, no system pods, and of the controllers those of service
   * accounts, root certificates and namespaces, or the ones named. `nodes` and `ingress` are not looked at then.
   */
  readonly bare?: boolean | { readonly controllers: readonly string[] }
  /**
   * Which controllers run, as in kube-controller-manager's `--controllers`: its names (`deployment-controller`, or `deployment` as
   * older releases had it), `*` for all, `-NAME` to leave one out; the first mention counts. `scheduler` is one of the names.
   * Default `['*']`, and three of them when `bare`.
   */
  readonly controllers?: readonly string[]
  /**
   * `RBAC` (the default): users may do what the roles bound to them allow; said outright, the roles every cluster starts with are
   * stored from the start, else when a door opens. `AlwaysAllow`: every authenticated user may do everything. The SDK's own
   * calls are the cluster's and never asked.
   */
  readonly authorization?: AuthorizationMode
  /** Collect the hops of every connection; default true. Turn it off for load. */
  readonly flowTraces?: boolean
  /**
   * Looks out for programs of yours that ask the host for time, randomness or timers, so that two runs of one seed would differ:
   * `throw` ends the run with an error that names the program and the remedy, `warn` writes it to stderr. Default `off`.
   */
  readonly guard?: GuardMode
  /**
   * What is checked after each settled step, `true` for all that podwire knows (`invariants`, to which own ones can be added). What
   * does not hold ends the step with an error. Default: nothing is.
   */
  readonly invariants?: boolean | readonly Invariant[]
  /** Calendar time of virtual moment 0, milliseconds since 1970; default 2026-01-01T00:00:00Z. */
  readonly epochMs?: number
}

/** What a bare cluster runs unless told otherwise: enough for namespaces to be usable and to go away. */
const BARE_CONTROLLERS: readonly string[] = [
  'serviceaccount-controller',
  'root-ca-certificate-publisher-controller',
  'namespace-controller',
]

export function isBare({ bare = false }: ClusterOptions): boolean {
  return bare !== false
}

/** The list as `--controllers` has it. */
export function controllersOf({ bare = false, controllers }: ClusterOptions): readonly string[] {
  if (typeof bare === 'object') return bare.controllers
  return controllers ?? (bare ? BARE_CONTROLLERS : ['*'])
}

export interface Version {
  readonly text: string
  readonly major: number
  readonly minor: number
}

export const DEFAULT_KUBERNETES_VERSION = 'v1.36.2'

export function readVersion(text: string): Version {
  const match = /^v?(\d+)\.(\d+)(?:\.(\d+))?$/.exec(text)
  if (match === null) {
    throw new PodwireError(
      'create a cluster',
      `kubernetesVersion ${JSON.stringify(text)} is none`,
      `Write it as 'v1.36.2'.`,
    )
  }
  const [, major = '', minor = '', patch = '0'] = match
  const [newest = ''] = /\d+(?=\.\d+$)/.exec(DEFAULT_KUBERNETES_VERSION) ?? []
  if (major !== '1' || Number(minor) > Number(newest)) {
    throw new PodwireError(
      'create a cluster',
      `kubernetesVersion ${JSON.stringify(text)} is no release this podwire knows`,
      `The newest one is ${DEFAULT_KUBERNETES_VERSION}.`,
    )
  }
  return { text: `v${major}.${minor}.${patch}`, major: Number(major), minor: Number(minor) }
}

function nodeCountOf({ nodes = 3 }: ClusterOptions): number {
  return typeof nodes === 'number' ? nodes : nodes.length
}

/** One entry a node, in order. */
export function nodeSettingsOf(options: ClusterOptions): readonly NodeSettings[] {
  if (isBare(options)) return []
  if (typeof options.nodes === 'object') return options.nodes
  return Array.from({ length: nodeCountOf(options) }, () => NO_SETTINGS)
}

const NO_SETTINGS: NodeSettings = {}

/**
 * @param action completes "Failed to …"
 * @throws PodwireError for an option there is not, a value that is none, and options that do not go together
 */
export function checkOptions(options: ClusterOptions, action = 'create a cluster'): void {
  checkArguments(action, OPTIONS, [options])
  const { bare, controllers, loadBalancer } = options
  if (typeof bare === 'object' && controllers !== undefined) {
    throw new PodwireError(action, 'its controllers are named twice', 'Name them in bare or in controllers.')
  }
  if (isBare(options) && loadBalancer !== undefined) {
    throw new PodwireError(action, `a bare one has nowhere to run ${loadBalancer}`, 'Leave out bare or loadBalancer.')
  }
}

const OPTIONS: Signature = [takes(CLUSTER_OPTIONS)]
