// All doors from the host into a running cluster: exposed Services, cluster DNS, and SOCKS where it is asked for. They share one block
// of loopback addresses, but for SOCKS, which is on 127.0.0.1.

import { services } from '@podwire/apiserver'
import type { Driver } from '@podwire/engine'
import type { NetworkNamespace } from '../fabric/network.ts'
import type { Cluster } from '../sdk/cluster.ts'
import { openDnsDoor } from './dns-door.ts'
import { claimBlock, hostAddressOf, OUTSIDE_ADDRESS } from './host-address.ts'
import { ServiceDoors, type ServiceDoorsOptions } from './service-doors.ts'
import type { Door } from './tcp-door.ts'
import { trySocksDoor } from './try-socks-door.ts'

export interface HostDoorsOptions {
  /** 0: any free port. */
  readonly dnsPort: number
  /** 0: any free port; absent: no such door. */
  readonly socksPort?: number | undefined
  readonly onWarning: (message: string) => void
  /** For a run that is recorded: who dials inside, and who opens the doors of Services; default: as it comes. */
  readonly recorded?: RecordedDoors | undefined
}

export interface RecordedDoors {
  readonly network: (network: NetworkNamespace) => NetworkNamespace
  readonly open: (block: number, options: ServiceDoorsOptions) => Promise<ServiceDoors>
}

export interface HostDoors {
  readonly block: number
  /** Where `dig @address -p port` finds cluster DNS. */
  readonly dns: { readonly address: string; readonly port: number } | undefined
  /** Where `curl --socks5-hostname` and browsers reach cluster names; undefined where nobody asked for it. */
  readonly socks: { readonly address: string; readonly port: number } | undefined
  close(): Promise<void>
}

export async function openHostDoors(cluster: Cluster, driver: Driver, options: HostDoorsOptions): Promise<HostDoors> {
  const { composition } = cluster
  const claim = await claimBlock()
  const { block } = claim
  const dns = await tryDnsDoor(cluster, driver, options, block)
  const { socksPort, onWarning } = options
  const socks = socksPort === undefined ? undefined : await trySocksDoor(cluster, driver, socksPort, onWarning)
  const { recorded } = options
  const { network } = cluster.external
  const settings = {
    engine: cluster.engine,
    driver,
    client: composition.server.client,
    informers: composition.informers,
    from: recorded?.network(network) ?? network,
    block,
    onWarning,
  }
  const exposed =
    recorded === undefined ? driver.enter(() => new ServiceDoors(settings)) : await recorded.open(block, settings)
  await exposed.settled()
  return {
    block,
    dns,
    socks,
    close: async () => {
      await Promise.all([dns?.close(), socks?.close(), exposed.close(), claim.release()])
    },
  }
}

/** Cluster DNS is a convenience: when its port is taken the cluster is served without it, and says so. */
async function tryDnsDoor(
  cluster: Cluster,
  driver: Driver,
  { dnsPort, onWarning, recorded }: HostDoorsOptions,
  block: number,
): Promise<Door | undefined> {
  const { fabric, server } = cluster.composition
  const address = server.client.find(services, { namespace: 'kube-system', name: 'kube-dns' })?.spec.clusterIP
  const [firstNode] = cluster.nodeNames
  if (address === undefined || firstNode === undefined) return undefined
  const listen = { address: hostAddressOf(OUTSIDE_ADDRESS, block), port: dnsPort }
  try {
    const inside = fabric.nodeNetwork(firstNode)
    const from = recorded?.network(inside) ?? inside
    return await openDnsDoor(cluster.engine, driver, listen, { from, address })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    onWarning(`cluster DNS is not reachable from this machine: ${reason}. Choose another --dns-port.`)
    return undefined
  }
}
