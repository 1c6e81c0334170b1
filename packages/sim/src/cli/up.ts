// `podwire up`: boots a cluster in virtual time, then lets it run in real time behind loopback doors until Ctrl-C.

import type { AuthorizationMode } from '@podwire/apiserver'
import { PodwireError } from '@podwire/engine'
import type { ProxyMode, Scheduler } from '@podwire/proxy'
import { checkNewRecording, RecordingWriter, type RecordingStart } from '../recording/recording-file.ts'
import { composeCluster } from '../sdk/composition.ts'
import { readManifests } from '../sdk/manifests.ts'
import type { IngressControllerName } from '../system/ingress-controller-names.ts'
import { BOOT_US, bootCluster } from './boot-cluster.ts'
import { checkKubeconfigPlace } from './kubeconfig-place.ts'
import { during } from './progress.ts'
import { DEMO_MANIFESTS } from './demo-manifests.ts'
import { newAccess, serveCluster, type ServeOptions } from './serve-cluster.ts'

export interface UpOptions extends ServeOptions {
  readonly nodes: number
  readonly seed: number
  readonly proxyMode: ProxyMode
  readonly ipvsScheduler?: string
  readonly clusterCidr?: string
  readonly masqueradeAll?: boolean
  readonly nodeportAddresses?: string
  readonly minSyncPeriod?: string
  readonly syncPeriod?: string
  readonly filename: readonly string[]
  readonly demo?: boolean
  readonly strictImages?: boolean
  readonly ingress: boolean | readonly IngressControllerName[]
  readonly loadBalancer?: 'metallb' | 'cloud'
  readonly controllers?: string
  readonly podNetworkCidr?: string
  readonly serviceCidr?: string
  readonly serviceNodePortRange: string
  readonly kubernetesVersion?: string
  readonly token?: string
  readonly authorization: AuthorizationMode
  /** A file that everything which comes from outside is written to. */
  readonly record?: string
}

export async function runUp(options: UpOptions): Promise<number> {
  checkRecordable(options)
  await checkKubeconfigPlace(options.kubeconfig)
  const access = await newAccess(options.token)
  const start: RecordingStart = {
    options: { ...compositionOptions(options), rootCaCertificate: access.certificates.authority },
    manifests: [...options.filename, ...(options.demo === true ? DEMO_MANIFESTS : [])].flatMap((source) =>
      readManifests(source),
    ),
    bootUs: BOOT_US,
  }
  const composition = composeCluster(start.options)
  await during('booting the cluster …', bootCluster(composition, start.manifests, start.bootUs))
  const writer = options.record === undefined ? undefined : new RecordingWriter(options.record, start)
  try {
    return await serveCluster(composition, access, options, writer)
  } catch (error) {
    writer?.discardEmpty()
    throw error
  }
}

/** What no recording holds is said before anything runs. */
function checkRecordable({ record, socksPort }: UpOptions): void {
  if (record === undefined) return
  if (socksPort !== undefined) {
    throw new PodwireError(
      `record to ${record}`,
      'recordings do not hold what comes through a SOCKS door',
      'Leave --socks-port or --record out.',
    )
  }
  checkNewRecording(record)
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
