// Watches of one component are cut or late, while its calls still get through: it acts on what it saw last. `kube-proxy/node-2` is
// kube-proxy on one node, whose rules stand still. When a cut ends the watch resumes after its back-off and misses nothing.

import { parseDuration, PodwireError, type Duration } from '@podwire/engine'
import type { FaultParts } from './fault-parts.ts'

export function watchCut({ connections, proxy, nodes }: FaultParts, component: string): () => void {
  const node = /^kube-proxy\/(.+)$/.exec(component)?.[1]
  if (node !== undefined && nodes.names.includes(node)) {
    proxy.setCutOff(node, true)
    return () => proxy.setCutOff(node, false)
  }
  const cut = connections.named(component, `cut the watches of ${component}`)
  for (const connection of cut) connection.begin('watches-cut')
  return () => {
    for (const connection of cut) connection.end('watches-cut')
  }
}

/** The nodes' kube-proxies share what they hear. */
export const NOT_ONE_DELAYED = [
  'the watches of kube-proxy on one node are not delayed by themselves',
  'Delay those of kube-proxy, or cut the ones of that node with watchCut.',
] as const

export const isOneKubeProxy = (component: string): boolean => component.startsWith('kube-proxy/')

export function watchDelay({ connections }: FaultParts, component: string, delay: Duration): () => void {
  if (isOneKubeProxy(component)) throw new PodwireError(`delay the watches of ${component}`, ...NOT_ONE_DELAYED)
  const delayUs = parseDuration(delay)
  if (delayUs === 0)
    throw new PodwireError(`delay the watches of ${component}`, 'the delay is nothing', `Give one such as '5s'.`)
  const repairs = connections.named(component, `delay the watches of ${component}`).map((one) => one.delay(delayUs))
  return () => {
    for (const repair of repairs) repair()
  }
}
