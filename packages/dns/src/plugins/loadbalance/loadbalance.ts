// `loadbalance`: shuffles addresses within a reply, aliases first. Only round_robin, the default; `weighted` is refused.
// Source: CoreDNS plugin/loadbalance.

import { argumentError, notSimulated, parseError } from '../../corefile/index.ts'
import { RCODE, type ResourceRecord } from '../../wire/index.ts'
import { andThen, type Plugin } from '../plugin.ts'

export const loadbalance: Plugin = {
  name: 'loadbalance',
  setup([directive], { random }) {
    const line = directive?.line ?? 1
    const [policy = 'round_robin', extra] = directive?.args ?? []
    if (policy === 'weighted') throw notSimulated('policy weighted of plugin loadbalance')
    if (policy !== 'round_robin') throw parseError(line, `unknown policy for loadbalance: ${policy}`, 'loadbalance')
    if (extra !== undefined) throw argumentError(line, extra, 'loadbalance')
    const shuffle = (records: readonly ResourceRecord[]): readonly ResourceRecord[] =>
      records.length < 2 ? records : roundRobin(records, (some) => random.shuffle(some))
    return function shuffleAddresses(request, next) {
      return andThen(next(request), (outcome) => {
        if (outcome.kind !== 'reply' || outcome.message.rcode !== RCODE.NOERROR) return outcome
        const { message } = outcome
        if (message.answer.length < 2 && message.additional.length < 2) return outcome
        return {
          kind: 'reply',
          message: { ...message, answer: shuffle(message.answer), additional: shuffle(message.additional) },
        }
      })
    }
  },
}

function roundRobin(
  records: readonly ResourceRecord[],
  shuffle: (records: readonly ResourceRecord[]) => readonly ResourceRecord[],
): readonly ResourceRecord[] {
  const aliases: ResourceRecord[] = []
  const addresses: ResourceRecord[] = []
  const exchanges: ResourceRecord[] = []
  const rest: ResourceRecord[] = []
  for (const record of records) {
    if (record.type === 'CNAME') aliases.push(record)
    else if (record.type === 'A' || record.type === 'AAAA') addresses.push(record)
    else if (record.type === 'MX') exchanges.push(record)
    else rest.push(record)
  }
  return [...aliases, ...rest, ...shuffle(addresses), ...shuffle(exchanges)]
}
