// `podwire up`: boots a cluster in virtual time, then lets it run in real time behind loopback doors until Ctrl-C.

import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { loadHttpDoor, type AuthorizationMode, type HttpServer } from '@podwire/apiserver'
import { macrotask, PodwireError, SECOND, RealTimeDriver, VirtualTimeDriver } from '@podwire/engine'
import type { ProxyMode, Scheduler } from '@podwire/proxy'
import { applyManifests } from '../sdk/apply-manifests.ts'
import { Cluster } from '../sdk/cluster.ts'
import { composeCluster, type Composition } from '../sdk/composition.ts'
import { readManifests } from '../sdk/manifests.ts'
import type { IngressControllerName } from '../system/ingress-controller-names.ts'
import { openHostDoors, type HostDoors } from '../doors/host-doors.ts'
import { DEMO_MANIFESTS } from './demo-manifests.ts'
import { controlRoutes } from './control-routes.ts'
import { printWelcome } from './welcome.ts'

export interface UpOptions {
  readonly kubeconfig: string
  readonly nodes: number
  readonly seed: number
  readonly proxyMode: ProxyMode
  readonly ipvsScheduler?: string
  readonly clusterCidr?: string
  readonly masqueradeAll?: boolean
  readonly nodeportAddresses?: string
  readonly minSyncPeriod?: string
  readonly syncPeriod?: string
  readonly apiPort: number
  readonly dnsPort: number
  readonly socksPort?: number
  readonly speed: number
  readonly filename: readonly string[]
  readonly demo?: boolean
  readonly strictImages?: boolean
  readonly ingress: boolean | readonly IngressControllerName[]
  readonly loadBalancer?: 'metallb' | 'cloud'
  readonly outerNginx?: string
  readonly bare?: boolean
  readonly controllers?: string
  readonly podNetworkCidr?: string
  readonly serviceCidr?: string
  readonly serviceNodePortRange: string
  readonly kubernetesVersion?: string
  readonly token?: string
  readonly authorization: AuthorizationMode
}

// What the cluster's clock is behind the host's while it boots: room for the virtual seconds that booting takes.
const BOOT_US = 60 * SECOND

export async function runUp(options: UpOptions): Promise<number> {
  const door = await loadHttpDoor()
  const certificates = await door.createServerCertificates({ nowMs: Date.now(), randomBytes })
  const token = options.token ?? door.createToken(randomBytes)
  const composition = composeCluster({ ...compositionOptions(options), rootCaCertificate: certificates.authority })
  await boot(composition, options)
  using driver = new RealTimeDriver(composition.engine, { speed: options.speed, onError: reportTaskError })
  await using cluster = new Cluster(composition, driver)
  const server = await door.startHttpServer({
    engine: composition.engine,
    driver,
    handler: composition.server.requestHandler,
    resources: () => composition.server.registry.all(),
    kubernetesVersion: composition.version.text,
    token,
    nodes: () => composition.nodeConnection,
    tls: certificates,
    port: options.apiPort,
    extensions: controlRoutes(cluster, async ({ user, groups, namespace }) => {
      const client = await certificates.signClient({ user, groups, nowMs: Date.now() })
      const place = namespace === undefined ? {} : { namespace }
      return door.kubeconfigText({ server: server.url, authority: certificates.authority, client, ...place })
    }),
  })
  const stopListening = refuseInOutages(composition, server)
  let doors: HostDoors | undefined
  try {
    const kubeconfig = resolve(options.kubeconfig)
    makeFolder(dirname(kubeconfig))
    await door.writeKubeconfig(kubeconfig, { server: server.url, authority: certificates.authority, token })
    if (options.outerNginx !== undefined) await startNginx(cluster, options.outerNginx)
    doors = options.bare === true ? undefined : await tryDoors(cluster, driver, options)
    // Who reads the ready line may end us at once.
    const signalled = untilSignal()
    printWelcome(process.stdout, cluster, { server: server.url, kubeconfig, doors })
    await signalled
    process.stdout.write('\nstopping …\n')
    return 0
  } finally {
    stopListening()
    await closeAll(server, doors)
  }
}

/** While the API server is down (a fault) nobody listens on its port. */
function refuseInOutages(composition: Composition, server: HttpServer): () => void {
  let last = Promise.resolve()
  return composition.connections.onOutage((down) => {
    last = last
      // Whoever began it through this door hears of it first.
      .then(macrotask)
      .then(macrotask)
      .then(() => server.refuse(down))
      .catch(reportTaskError)
  })
}

function compositionOptions(options: UpOptions): Parameters<typeof composeCluster>[0] {
  const controllers = options.controllers?.split(',').filter((name) => name.trim() !== '')
  return {
    nodes: options.nodes,
    seed: options.seed,
    proxy: proxyFlags(options),
    ...(options.podNetworkCidr === undefined ? {} : { podNetworkCidr: options.podNetworkCidr }),
    ...(options.serviceCidr === undefined ? {} : { serviceCidr: options.serviceCidr }),
    nodePortRange: options.serviceNodePortRange,
    ingress: options.ingress,
    ...(options.loadBalancer === undefined ? {} : { loadBalancer: options.loadBalancer }),
    strictImages: options.strictImages ?? false,
    epochMs: Math.floor(Date.now() / 1000) * 1000 - BOOT_US / 1000,
    renewLeases: true,
    authorization: options.authorization,
    ...(options.kubernetesVersion === undefined ? {} : { kubernetesVersion: options.kubernetesVersion }),
    bare: options.bare ?? false,
    ...(controllers === undefined ? {} : { controllers }),
  }
}

function proxyFlags(options: UpOptions): NonNullable<Parameters<typeof composeCluster>[0]['proxy']> {
  const { proxyMode, ipvsScheduler, clusterCidr, masqueradeAll, nodeportAddresses, minSyncPeriod, syncPeriod } = options
  const addresses = nodeportAddresses?.split(',').filter((text) => text.trim() !== '')
  return {
    proxyMode,
    // Which there are is for kube-proxy to say.
    ...(ipvsScheduler === undefined ? {} : { ipvsScheduler: ipvsScheduler as Scheduler }),
    ...(clusterCidr === undefined ? {} : { clusterCidr }),
    ...(masqueradeAll === undefined ? {} : { masqueradeAll }),
    ...(addresses === undefined ? {} : { nodePortAddresses: addresses }),
    ...(minSyncPeriod === undefined ? {} : { minSyncPeriod }),
    ...(syncPeriod === undefined ? {} : { syncPeriod }),
  }
}

/** Runs the cluster to rest in virtual time, so that it is complete when it is first seen. */
async function boot(composition: Composition, options: UpOptions): Promise<void> {
  const time = new VirtualTimeDriver(composition.engine)
  const sources = [...options.filename, ...(options.demo === true ? DEMO_MANIFESTS : [])]
  const manifests = sources.flatMap((source) => readManifests(source))
  await time.settle()
  await applyManifests(composition, time, manifests)
  await time.settle()
  const behindUs = BOOT_US - composition.engine.clock.now()
  if (behindUs > 0) await time.advance(behindUs)
}

/** On the host outside, which `podwire exec external` and the pods reach at the nodes' gateway. */
async function startNginx(cluster: Cluster, file: string): Promise<void> {
  if (!existsSync(file)) {
    throw new PodwireError('start nginx', `there is no file ${file}`, 'Name the nginx configuration to run.')
  }
  await cluster.external.nginx(readFileSync(file, 'utf8'), { file })
}

/** One folder at a time: Node's recursive mkdir never comes back from file systems that refuse, such as /proc. */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  try {
    mkdirSync(folder)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new PodwireError(`make the folder ${folder}`, reason, 'Choose a --kubeconfig in a folder you may write to.')
  }
}

/** Without doors (no loopback network, as on macOS) the API server still serves kubectl. */
export async function tryDoors(
  cluster: Cluster,
  driver: RealTimeDriver,
  { dnsPort, socksPort }: { readonly dnsPort: number; readonly socksPort?: number },
): Promise<HostDoors | undefined> {
  try {
    return await openHostDoors(cluster, driver, { dnsPort, socksPort, onWarning: warn })
  } catch (error) {
    if (!(error instanceof PodwireError)) throw error
    warn(error.message)
    return undefined
  }
}

function warn(message: string): void {
  process.stderr.write(`warning: ${message}\n`)
}

/** A task that throws is a bug; the cluster goes on without it. */
export function reportTaskError(error: unknown): void {
  process.stderr.write(`podwire: a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
}

export function untilSignal(): Promise<void> {
  return new Promise((done) => {
    process.once('SIGINT', () => done())
    process.once('SIGTERM', () => done())
  })
}

async function closeAll(server: HttpServer, doors: HostDoors | undefined): Promise<void> {
  await Promise.all([server.close(), doors?.close()])
}
