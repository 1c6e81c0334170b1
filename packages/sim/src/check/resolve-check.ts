// A check of a name: what a program at that place gets for it, or that it gets nothing.

import { compareText } from '@podwire/engine'
import { explainQueries } from '../fabric/explain.ts'
import type { Cluster } from '../sdk/cluster.ts'
import type { ResolveCheck } from './check-schema.ts'
import { amountText, fact, withinAmount, type Fact } from './expectation.ts'
import { machineAt } from './place.ts'
import type { Values } from './values.ts'

export async function runResolveCheck(
  cluster: Cluster,
  check: ResolveCheck,
  values: Values,
): Promise<{ facts: readonly Fact[]; explanation: string }> {
  const name = await values.fill(check.resolve)
  const from = await values.fill(check.from)
  const found = await machineAt(cluster, from).lookup(name)
  const addresses = 'addresses' in found ? [...found.addresses].sort(compareText) : []
  const got = addresses.join(', ') || ('error' in found ? found.error : 'NODATA')
  const explanation = explainQueries(found.queries)
  if (check.fails === true) {
    const ok = addresses.length === 0
    const text = ok ? `${name} does not resolve from ${from}` : `${name} resolves from ${from}: ${got}, and should not`
    return {
      facts: [fact(ok, text, ok ? `从 ${from} 解析不到 ${name}` : `从 ${from} 解析 ${name} 得到 ${got}，本应解析不到`)],
      explanation,
    }
  }
  const facts: Fact[] = []
  if (check.addresses !== undefined) {
    const wanted = (await Promise.all(check.addresses.map((text) => values.fill(text)))).sort(compareText).join(', ')
    const ok = wanted === addresses.join(', ')
    facts.push(
      fact(
        ok,
        `${name} from ${from}: ${got}${ok ? '' : `, should be ${wanted}`}`,
        `从 ${from} 解析 ${name}：${got}${ok ? '' : `，应为 ${wanted}`}`,
      ),
    )
  }
  if (check.count !== undefined || check.addresses === undefined) {
    const wanted = check.count ?? { min: 1 }
    const ok = withinAmount(addresses.length, wanted)
    const amount = amountText(wanted)
    facts.push(
      fact(
        ok,
        `${name} from ${from} has ${addresses.length} addresses (${got})${ok ? '' : `, should have ${amount.en}`}`,
        `从 ${from} 解析 ${name} 得到 ${addresses.length} 个地址（${got}）${ok ? '' : `，应有${amount.zh} 个`}`,
      ),
    )
  }
  return { facts, explanation }
}
