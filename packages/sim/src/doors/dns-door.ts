// Cluster DNS on a loopback port, UDP and TCP, for real `dig`. Queries enter at the first node, because the outside host has
// no route to ClusterIPs.

import type { Driver, Engine } from '@podwire/engine'
import type { NetworkNamespace } from '../fabric/network.ts'
import { openTcpDoor, type Door } from './tcp-door.ts'
import { openUdpDoor } from './udp-door.ts'

export async function openDnsDoor(
  engine: Engine,
  driver: Driver,
  listen: { address: string; port: number },
  target: { from: NetworkNamespace; address: string },
): Promise<Door> {
  const inner = { ...target, port: 53 }
  const udp = await openUdpDoor(engine, driver, listen, inner)
  try {
    const tcp = await openTcpDoor(driver, { address: listen.address, port: udp.port }, inner)
    return {
      address: listen.address,
      port: udp.port,
      close: async () => {
        await Promise.all([udp.close(), tcp.close()])
      },
    }
  } catch (error) {
    await udp.close()
    throw error
  }
}
