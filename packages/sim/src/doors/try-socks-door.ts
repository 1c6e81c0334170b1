// The SOCKS5 door of a cluster: it dials from the first node and asks cluster DNS with a pod's search list, so that `kubia`,
// `kubia.shop` and `kubia.shop.svc.cluster.local` are names in a browser.

import { services } from '@podwire/apiserver'
import { createResolver } from '@podwire/dns'
import { SECOND, type Driver } from '@podwire/engine'
import { dnsExchange } from '../kubelet/dns-exchange.ts'
import type { Cluster } from '../sdk/cluster.ts'
import { openSocksDoor } from './socks-door.ts'
import type { Door } from './tcp-door.ts'

const LOOPBACK = '127.0.0.1'
const CONNECT_TIMEOUT_US = 30 * SECOND
const SEARCH = 'search default.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n'

/** When the port is taken, the cluster is served without it, and says so. @param port 0: any free one */
export async function trySocksDoor(
  cluster: Cluster,
  driver: Driver,
  port: number,
  onWarning: (message: string) => void,
): Promise<Door | undefined> {
  const { fabric, server } = cluster.composition
  const { engine } = cluster
  const [firstNode] = cluster.nodeNames
  if (firstNode === undefined) return undefined
  const from = fabric.nodeNetwork(firstNode)
  const dns = server.client.find(services, { namespace: 'kube-system', name: 'kube-dns' })?.spec.clusterIP
  const resolver = createResolver({
    libc: 'glibc',
    resolvConf: () => `${dns === undefined ? '' : `nameserver ${dns}\n`}${SEARCH}`,
    hostsFile: () => '',
    nsswitch: () => '',
    exchange: dnsExchange(engine, from),
    random: engine.random.fork('socks-door'),
    clock: engine.clock,
    sleep: (durationUs) => engine.sleep(durationUs, 'socks door'),
  })
  try {
    const listen = { address: LOOPBACK, port }
    return await openSocksDoor({ driver, listen, from, resolver, connectTimeoutUs: CONNECT_TIMEOUT_US })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    onWarning(`there is no SOCKS door: ${reason}. Choose another --socks-port.`)
    return undefined
  }
}
