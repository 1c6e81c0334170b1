// `prometheus`: counts requests and responses; the server serves the text at :9153/metrics. Counters only: histograms of
// durations and sizes are left out. Source: CoreDNS plugin/metrics.

import { argumentError } from '../../corefile/index.ts'
import { rcodeName, typeName, TYPE } from '../../wire/index.ts'
import { andThen, type Counter, type Plugin } from '../plugin.ts'

/** Types with a label of their own; all others are `other`. */
const LABELLED_TYPES: ReadonlySet<number> = new Set<number>([
  ...[TYPE.AAAA, TYPE.A, TYPE.CNAME, 48, TYPE.DS, TYPE.MX, 47, 50, TYPE.NS, TYPE.PTR, 46, TYPE.SOA, TYPE.SRV, TYPE.TXT],
  TYPE.HTTPS,
])

export const prometheus: Plugin = {
  name: 'prometheus',
  setup([directive], { metrics, server, zones }) {
    if ((directive?.args.length ?? 0) > 1)
      throw argumentError(directive?.line ?? 1, directive?.args[1] ?? '', 'prometheus')
    const common = `server="${server}",zone="${zones[0] ?? '.'}",view=""`
    const requests = new Map<number, Counter>()
    const responses = new Map<number, Counter>()
    const requestCounter = (type: number, tcp: boolean, ipv6: boolean): Counter => {
      const key = type * 4 + (tcp ? 2 : 0) + (ipv6 ? 1 : 0)
      let counter = requests.get(key)
      if (counter === undefined) {
        const label = LABELLED_TYPES.has(type) ? typeName(type) : 'other'
        const labels = `family="${ipv6 ? 2 : 1}",proto="${tcp ? 'tcp' : 'udp'}",${common},type="${label}"`
        counter = metrics.counter('coredns_dns_requests_total', labels)
        requests.set(key, counter)
      }
      return counter
    }
    const responseCounter = (rcode: number): Counter => {
      let counter = responses.get(rcode)
      if (counter === undefined) {
        counter = metrics.counter('coredns_dns_responses_total', `${common},plugin="",rcode="${rcodeName(rcode)}"`)
        responses.set(rcode, counter)
      }
      return counter
    }
    return function countQueries(request, next) {
      requestCounter(request.question.type, request.protocol === 'tcp', request.from.address.includes(':')).value++
      return andThen(next(request), (outcome) => {
        responseCounter(outcome.kind === 'reply' ? outcome.message.rcode : outcome.rcode).value++
        return outcome
      })
    }
  },
}
