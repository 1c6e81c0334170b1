// A check of who stands behind a Service: how many endpoints are ready, and whether they are the pods, or the addresses, wanted.

import { services } from '@podwire/apiserver'
import { compareText } from '@podwire/engine'
import type { Cluster } from '../sdk/cluster.ts'
import type { EndpointsCheck } from './check-schema.ts'
import { endpointTroubles, readyEndpoints } from './endpoint-facts.ts'
import { amountText, fact, withinAmount, type Fact } from './expectation.ts'
import { podsOf } from './place.ts'
import type { Values } from './values.ts'

export async function runEndpointsCheck(
  cluster: Cluster,
  check: EndpointsCheck,
  values: Values,
): Promise<readonly Fact[]> {
  const name = await values.fill(check.endpoints)
  const [namespace = '', service = ''] = name.split('/')
  const found = readyEndpoints(cluster, namespace, service)
  const facts: Fact[] = []
  const exists = cluster.client.find(services, { namespace, name: service }) !== undefined
  if (!exists) return endpointTroubles(cluster, namespace, service)
  const wanted = check.ready ?? { min: 1 }
  const ok = withinAmount(found.length, wanted)
  const listed = found.map(({ address, ports }) => ports.map((port) => `${address}:${port}`).join(',') || address)
  const list = listed.length === 0 ? '' : ` (${listed.join(', ')})`
  const amount = amountText(wanted)
  facts.push(
    fact(
      ok,
      `ready endpoints of ${name}: ${found.length}${list}${ok ? '' : `, there should be ${amount.en}`}`,
      `${name} 的就绪端点：${found.length} 个${list}${ok ? '' : `，应有${amount.zh} 个`}`,
    ),
  )
  if (check.labels !== undefined) {
    const selector = await values.fill(check.labels)
    const pods = podsOf(cluster, `${namespace}/${selector}`).filter(({ ready }) => ready)
    facts.push(
      setFact(
        pods.map(({ name }) => name),
        found.map(({ pod, address }) => pod ?? address),
        `pods ${selector}`,
      ),
    )
  }
  if (check.addresses !== undefined) {
    const addresses = await Promise.all(check.addresses.map((text) => values.fill(text)))
    facts.push(
      setFact(
        addresses,
        found.flatMap(({ address, ports }) => ports.map((port) => `${address}:${port}`)),
        addresses.join(', '),
      ),
    )
  }
  return facts.every((one) => one.ok) ? facts : [...facts, ...endpointTroubles(cluster, namespace, service)]
}

function setFact(wanted: readonly string[], found: readonly string[], what: string): Fact {
  const sorted = (texts: readonly string[]): string => [...texts].sort(compareText).join(', ')
  const ok = sorted(wanted) === sorted(found)
  return fact(
    ok,
    ok ? `they are ${what}` : `they should be ${what}, and are ${sorted(found) || 'none'}`,
    ok
      ? `它们正是 ${what}`
      : found.length === 0
        ? `它们应为 ${what}，实际一个也没有`
        : `它们应为 ${what}，实际是 ${sorted(found)}`,
  )
}
