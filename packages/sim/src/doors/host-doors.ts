// All doors from the host into a running cluster: node ports, and cluster DNS. They share one block of loopback addresses.

import { services } from '@podwire/apiserver'
import type { Driver } from '@podwire/engine'
import type { Cluster } from '../sdk/cluster.ts'
import { openDnsDoor } from './dns-door.ts'
import { claimBlock, hostAddressOf } from './host-address.ts'
import { NodePortDoors } from './node-port-doors.ts'
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

// The twin of the outside host's address.
const OUTSIDE = '172.18.0.1'

export async function openHostDoors(cluster: Cluster, driver: Driver, options: HostDoorsOptions): Promise<HostDoors> {
  const { composition } = cluster
  const dnsAddress = composition.server.client.find(services, { namespace: 'kube-system', name: 'kube-dns' })?.spec
    .clusterIP
  const [firstNode] = cluster.nodeNames
  let dns: Door | undefined
  const block = await claimBlock(async (candidate) => {
    if (dnsAddress === undefined || firstNode === undefined) return true
    const listen = { address: hostAddressOf(OUTSIDE, candidate), port: options.dnsPort }
    const target = { from: composition.fabric.nodeNetwork(firstNode), address: dnsAddress }
    try {
      dns = await openDnsDoor(cluster.engine, driver, listen, target)
      return true
    } catch (error) {
      if (isTaken(error)) return false
      options.onWarning(
        `cluster DNS is not reachable from this machine: ${listen.address}:${listen.port}: ${String(error)}`,
      )
      return true
    }
  })
  const nodePorts = driver.enter(
    () =>
      new NodePortDoors({
        engine: cluster.engine,
        driver,
        client: composition.server.client,
        informers: composition.informers,
        from: cluster.external.network,
        block,
        onWarning: options.onWarning,
      }),
  )
  await nodePorts.settled()
  return {
    block,
    dns,
    close: async () => {
      await Promise.all([dns?.close(), nodePorts.close()])
    },
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}
