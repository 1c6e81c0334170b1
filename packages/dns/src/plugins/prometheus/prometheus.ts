// `prometheus`: counts requests and responses; the server serves the text at :9153/metrics. Counters only: histograms of
// durations and sizes are left out. Source: CoreDNS plugin/metrics.

import { argumentError } from '../../corefile/index.ts'
import { rcodeName, typeName, TYPE } from '../../wire/index.ts'
import { andThen, type Plugin } from '../plugin.ts'

/** Types with a label of their own; all others are `other`. */
const LABELLED_TYPES: ReadonlySet<number> = new Set<number>([
  ...[TYPE.AAAA, TYPE.A, TYPE.CNAME, 48, TYPE.DS, TYPE.MX, 47, 50, TYPE.NS, TYPE.PTR, 46, TYPE.SOA, TYPE.SRV, TYPE.TXT],
  TYPE.HTTPS,
])

export const prometheus: Plugin = {
  name: 'prometheus',
  setup([directive], { metrics, server, zones }) {
    if ((directive?.args.length ?? 0) > 1) throw argumentError(directive?.line ?? 1, directive?.args[1] ?? '', 'prometheus')
    const zone = zones[0] ?? '.'
    return function countQueries(request, next) {
      return andThen(next(request), (outcome) => {
        const { type } = request.question
        const family = request.from.address.includes(':') ? '2' : '1'
        const label = LABELLED_TYPES.has(type) ? typeName(type) : 'other'
        const common = `server="${server}",zone="${zone}",view=""`
        metrics.count(
          'coredns_dns_requests_total',
          `family="${family}",proto="${request.protocol}",${common},type="${label}"`,
        )
        const rcode = outcome.kind === 'reply' ? outcome.message.rcode : outcome.rcode
        metrics.count('coredns_dns_responses_total', `${common},plugin="",rcode="${rcodeName(rcode)}"`)
        return outcome
      })
    }
  },
}
