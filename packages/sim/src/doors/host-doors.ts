// All doors from the host into a running cluster: exposed Services, and cluster DNS. They share one block of loopback addresses.

import { services } from '@podwire/apiserver'
import type { Driver } from '@podwire/engine'
import type { Cluster } from '../sdk/cluster.ts'
import { openDnsDoor } from './dns-door.ts'
import { claimBlock, hostAddressOf, OUTSIDE_ADDRESS } from './host-address.ts'
import { ServiceDoors } from './service-doors.ts'
import type { Door } from './tcp-door.ts'

export interface HostDoorsOptions {
  /** 0: any free port. */
  readonly dnsPort: number
  readonly onWarning: (message: string) => void
}

export interface HostDoors {
  readonly block: number
  /** Where `dig @address -p port` finds cluster DNS. */
  readonly dns: { readonly address: string; readonly port: number } | undefined
  close(): Promise<void>
}

export async function openHostDoors(cluster: Cluster, driver: Driver, options: HostDoorsOptions): Promise<HostDoors> {
  const { composition } = cluster
  const claim = await claimBlock()
  const { block } = claim
  const dns = await tryDnsDoor(cluster, driver, options, block)
  const exposed = driver.enter(
    () =>
      new ServiceDoors({
        engine: cluster.engine,
        driver,
        client: composition.server.client,
        informers: composition.informers,
        from: cluster.external.network,
        block,
        onWarning: options.onWarning,
      }),
  )
  await exposed.settled()
  return {
    block,
    dns,
    close: async () => {
      await Promise.all([dns?.close(), exposed.close(), claim.release()])
    },
  }
}

/** Cluster DNS is a convenience: when its port is taken the cluster is served without it, and says so. */
async function tryDnsDoor(
  cluster: Cluster,
  driver: Driver,
  { dnsPort, onWarning }: HostDoorsOptions,
  block: number,
): Promise<Door | undefined> {
  const { fabric, server } = cluster.composition
  const address = server.client.find(services, { namespace: 'kube-system', name: 'kube-dns' })?.spec.clusterIP
  const [firstNode] = cluster.nodeNames
  if (address === undefined || firstNode === undefined) return undefined
  const listen = { address: hostAddressOf(OUTSIDE_ADDRESS, block), port: dnsPort }
  try {
    return await openDnsDoor(cluster.engine, driver, listen, { from: fabric.nodeNetwork(firstNode), address })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    onWarning(`cluster DNS is not reachable from this machine: ${reason}. Choose another --dns-port.`)
    return undefined
  }
}
