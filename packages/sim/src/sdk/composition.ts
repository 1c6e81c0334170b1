// The composition root: makes every part of a cluster and connects them. Nothing is decided here but who gets what; parts
// are made in the order they need each other.

import {
  createApiServer,
  createInformerFactory,
  type ApiServer,
  type Client,
  type Manifest,
  type InformerFactory,
  type NodeConnection,
} from '@podwire/apiserver'
import {
  runsController,
  runsScheduler,
  startControllerManager,
  startScheduler,
  startServiceController,
} from '@podwire/controllers'
import { type BusRecord, Engine } from '@podwire/engine'
import { startKubeProxy, type KubeProxy, type KubeProxyOptions } from '@podwire/proxy'
import { createFabric, type Fabric } from '../fabric/index.ts'
import type { NetworkNamespace } from '../fabric/network.ts'
import { startGuard } from '../guard/guard.ts'
import { Internet, startInternetResolver } from '../internet/index.ts'
import {
  coreDnsImage,
  createImageRegistry,
  haproxyIngressImage,
  ingressNginxImage,
  metalLbImages,
  traefikImage,
  type ImageRegistry,
} from '../images/index.ts'
import type { Image } from '../images/image.ts'
import { kubeProxyManifests } from '../kube-proxy/manifests.ts'
import { createClusterView, createNodeConnection, type Kubelet } from '../kubelet/index.ts'
import { ApiConnections } from '../system/api-connections.ts'
import { CLUSTER_DOMAIN, clusterDnsManifests } from '../system/cluster-dns.ts'
import { CONTROL_PLANE_IMAGES, kubeProxyImage } from '../system/component-images.ts'
import { createCloudLoadBalancers } from '../system/cloud-load-balancers.ts'
import { ingressControllerManifests } from '../system/ingress-controllers.ts'
import { metalLbManifests } from '../system/metallb.ts'
import { createSpeakerNetworks } from '../system/speaker-network.ts'
import { createSystemNamespaces } from '../system/namespaces.ts'
import { ClusterNodes } from './cluster-nodes.ts'
import { planNetwork, type NetworkPlan } from './network-plan.ts'
import {
  checkOptions,
  controllersOf,
  DEFAULT_KUBERNETES_VERSION,
  isBare,
  nodeSettingsOf,
  readVersion,
  type ClusterOptions,
  type Version,
} from './options.ts'

export interface Composition {
  readonly engine: Engine
  readonly server: ApiServer
  readonly fabric: Fabric
  /** Names outside the cluster. */
  readonly internet: Internet
  readonly images: ImageRegistry
  readonly proxy: KubeProxy
  readonly nodes: ClusterNodes
  /** Ranges and families. */
  readonly networks: NetworkPlan
  /** Of nodes that are on. */
  readonly kubelets: ReadonlyMap<string, Kubelet>
  readonly nodeConnection: NodeConnection
  /** Who is connected to the API server. */
  readonly connections: ApiConnections
  /** For components of the host side (doors). */
  readonly informers: InformerFactory
  readonly version: Version
  /** Does the controller manager run this one? */
  runs(controller: string): boolean
  stop(): void
}

export interface CompositionOptions extends ClusterOptions {
  /** Renew node Leases every ten seconds: for real time, where somebody may look. */
  readonly renewLeases?: boolean
  /** Compares the run with another, from its first event. */
  readonly record?: BusRecord
  /** PEM of the API server's authority, for kube-root-ca.crt. */
  readonly rootCaCertificate?: string
}

/** Without what is podwire's own. */
function asGiven(options: CompositionOptions): ClusterOptions {
  const { renewLeases: _leases, record: _record, rootCaCertificate: _authority, ...given } = options
  return given
}

export function composeCluster(options: CompositionOptions): Composition {
  checkOptions(asGiven(options))
  const version = readVersion(options.kubernetesVersion ?? DEFAULT_KUBERNETES_VERSION)
  const nodeSettings = nodeSettingsOf(options)
  const networks = planNetwork(options, nodeSettings.length)
  const { engine, server } = createServer(options, version, networks)
  const stopGuard = startGuard(engine, options.guard ?? 'off')
  createSystemNamespaces(server.client)
  if (options.authorization === 'RBAC') server.storeBootstrapRoles()
  const flags = proxyFlags(options, networks, version)
  const connections = new ApiConnections(engine)
  const proxy = startKubeProxy({ engine, client: connections.connect(server.client, 'kube-proxy'), options: flags })
  const { fabric, internet } = createOutside(engine, options)
  const kubeProxy = kubeProxyImage(proxy, baseFlags(flags))
  const addressesOf = (node: string): readonly string[] => nodes.addressesOf(node)
  const images = createImages(options, { engine, server, connections, kubeProxy, fabric, addressesOf })
  const stops = startControllers({ engine, server, connections }, options, networks)
  const view = createClusterView(server.client)
  const { renewLeases = false } = options
  const shared = { engine, server, fabric, images, proxy, view, networks, renewLeases, connections }
  const nodes = new ClusterNodes({ ...shared, kubernetesVersion: version.text })
  for (const settings of nodeSettings) nodes.add(settings)
  bindServiceAddresses(proxy, fabric, nodes)
  if (options.loadBalancer === 'cloud') stops.push(startCloud({ engine, server, connections, fabric, nodes }))
  if (!isBare(options)) applyAddons(server, options, networks, kubeProxyManifests(flags, version.text))
  stops.push(stopGuard, ...[view, proxy, connections].map((part) => () => part.stop()))
  return {
    engine,
    server,
    fabric,
    internet,
    images,
    proxy,
    nodes,
    networks,
    kubelets: nodes.kubelets,
    connections,
    nodeConnection: nodeConnectionOf(fabric, nodes),
    informers: createInformerFactory({ engine, client: server.client, name: 'podwire' }),
    version,
    runs: (controller) => runsController(controllersOf(options), controller),
    stop: () => {
      nodes.stop()
      for (const stop of stops) stop()
    },
  }
}

/** The network, and the internet beyond the cluster. */
function createOutside(engine: Engine, { flowTraces }: CompositionOptions): { fabric: Fabric; internet: Internet } {
  const fabric = createFabric({ engine, tracing: flowTraces ?? true })
  const internet = new Internet()
  startInternetResolver(engine, internet, fabric.externalHost())
  return { fabric, internet }
}

function nodeConnectionOf(fabric: Fabric, nodes: ClusterNodes): NodeConnection {
  return createNodeConnection(
    (name) => nodes.kubelets.get(name),
    () => apiServerNetwork(fabric, nodes),
  )
}

/** The API server's pod is on the first node, in its network; a bare one runs outside. */
function apiServerNetwork(fabric: Fabric, nodes: ClusterNodes): NetworkNamespace {
  const [controlPlane] = nodes.names
  return controlPlane === undefined ? fabric.externalHost() : fabric.nodeNetwork(controlPlane)
}

function createServer(
  options: CompositionOptions,
  version: Version,
  { serviceCidrs }: NetworkPlan,
): { engine: Engine; server: ApiServer } {
  const { seed = 1, epochMs, nodePortRange, authorization } = options
  const engine = new Engine({ seed, ...(epochMs === undefined ? {} : { epochMs }) })
  engine.bus.record = options.record
  const server = createApiServer({
    engine,
    kubernetesVersion: version,
    serviceCidr: serviceCidrs.join(','),
    ...(nodePortRange === undefined ? {} : { nodePortRange }),
    ...(authorization === undefined ? {} : { authorization }),
  })
  return { engine, server }
}

function proxyFlags(
  options: CompositionOptions,
  { clusterCidr, serviceCidrs, families }: NetworkPlan,
  version: Version,
): KubeProxyOptions {
  return {
    clusterCidr,
    serviceCidrs,
    ipFamilies: families,
    ...options.proxy,
    kubernetesVersion: version.text,
  }
}

/** ipvs mode: service addresses are the nodes' own. Machines that have left are passed over. */
function bindServiceAddresses(proxy: KubeProxy, fabric: Fabric, nodes: ClusterNodes): void {
  proxy.bindAddresses({
    add: (node, address) => {
      if (nodes.names.includes(node)) fabric.addAddress(node, address, 'kube-ipvs0')
    },
    remove: (node, address) => {
      if (nodes.names.includes(node)) fabric.removeAddress(node, address)
    },
  })
}

/** What stands in no KubeProxyConfiguration. */
function baseFlags({ serviceCidrs, kubernetesVersion, ipFamilies, nfacct }: KubeProxyOptions): KubeProxyOptions {
  return {
    ...(serviceCidrs === undefined ? {} : { serviceCidrs }),
    ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }),
    ...(ipFamilies === undefined ? {} : { ipFamilies }),
    ...(nfacct === undefined ? {} : { nfacct }),
  }
}

interface ServerParts {
  readonly engine: Engine
  readonly server: ApiServer
  readonly connections: ApiConnections
}

interface ImageParts extends ServerParts {
  readonly kubeProxy: Image
  readonly fabric: Fabric
  /** InternalIPs of a node, when there is one of that name. */
  readonly addressesOf: (node: string) => readonly string[]
}

function createImages(
  options: CompositionOptions,
  { engine, server, connections, kubeProxy, fabric, addressesOf }: ImageParts,
): ImageRegistry {
  const connect = (name: string, place?: string): Client => connections.connect(server.client, name, place)
  const metallb = connect('metallb')
  const speakers = createSpeakerNetworks(engine, fabric, addressesOf)
  const images = createImageRegistry({ strict: options.strictImages ?? false })
  const builtIn = [
    kubeProxy,
    ...CONTROL_PLANE_IMAGES,
    coreDnsImage({
      clusterDomain: CLUSTER_DOMAIN,
      createInformers: ({ network, pod }) => {
        const client = connect(`coredns/${pod.metadata.name}`, network.name)
        return createInformerFactory({ engine, client, name: network.name })
      },
    }),
    ingressNginxImage({ client: connect('ingress-nginx') }),
    traefikImage({ client: connect('traefik') }),
    haproxyIngressImage({ client: connect('haproxy-ingress') }),
    ...metalLbImages({ engine, client: metallb, network: (node) => speakers.of(node) }),
  ]
  for (const image of [...builtIn, ...(options.images ?? [])]) images.register(image)
  return images
}

/** The cloud-controller-manager, and the balancers it asks for. */
function startCloud(
  parts: ServerParts & {
    readonly fabric: Fabric
    readonly nodes: ClusterNodes
  },
): () => void {
  const { engine, server, connections, fabric, nodes } = parts
  const name = 'cloud-controller-manager'
  const client = connections.connect(server.clientNamed(name), name)
  const informers = createInformerFactory({ engine, client, name: 'cloud' })
  const cloud = createCloudLoadBalancers({ engine, informers, fabric, addressesOf: (node) => nodes.addressesOf(node) })
  const stop = startServiceController({ engine, client, cloud })
  return () => {
    stop()
    informers.stop()
  }
}

function startControllers(
  parts: ServerParts,
  options: CompositionOptions,
  { apiServer, clusterCidr }: NetworkPlan,
): (() => void)[] {
  const { engine, server, connections } = parts
  const clientOf = (name: string): Client => connections.connect(server.clientNamed(name), name)
  const controllers = controllersOf(options)
  const { rootCaCertificate } = options
  const stops: (() => void)[] = []
  const manager = startControllerManager({
    engine,
    client: clientOf('kube-controller-manager'),
    // The `kubernetes` Service is the API server's own: it is there without any controller.
    controllers: ['kubernetes-service', ...controllers],
    apiServer: { ...apiServer, port: 6443 },
    // As kubeadm starts it; a bare cluster has no pod network.
    podRanges: isBare(options) ? [] : clusterCidr.split(','),
    // Where Leases are renewed, a Node made by hand is as silent as it would be in a real cluster.
    ...(options.renewLeases === true ? { nodeHeartbeatUs: () => undefined } : {}),
    ...(rootCaCertificate === undefined ? {} : { rootCaCertificate }),
  })
  stops.push(() => manager.stop())
  if (runsScheduler(controllers)) {
    // Its pod is on the first node.
    const host = isBare(options) ? {} : { host: 'node-1' }
    const scheduler = startScheduler({ engine, client: clientOf('kube-scheduler'), ...host })
    stops.push(() => scheduler.stop())
  }
  return stops
}

function applyAddons(
  server: ApiServer,
  options: CompositionOptions,
  { dnsAddress, serviceCidrs }: NetworkPlan,
  kubeProxy: readonly Manifest[],
): void {
  const manifests = [
    ...kubeProxy,
    ...clusterDnsManifests(dnsAddress),
    ...ingressControllerManifests(options.ingress, serviceCidrs.length > 1),
    ...(options.loadBalancer === 'metallb' ? metalLbManifests() : []),
  ]
  for (const manifest of manifests) server.apply(manifest)
}
