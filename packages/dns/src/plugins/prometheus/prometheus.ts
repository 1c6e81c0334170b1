// `prometheus`: counts requests and responses and measures them; the server serves the text at :9153/metrics.
// Source: CoreDNS plugin/metrics, plugin/metrics/vars.

import { SECOND, type Counter } from '@podwire/engine'
import { argumentError } from '../../corefile/index.ts'
import { rcodeName, typeName, TYPE } from '../../wire/index.ts'
import { andThen, type Plugin } from '../plugin.ts'

/** Types with a label of their own; all others are `other`. */
const LABELLED_TYPES: ReadonlySet<number> = new Set<number>([
  ...[TYPE.AAAA, TYPE.A, TYPE.CNAME, 48, TYPE.DS, TYPE.MX, 47, 50, TYPE.NS, TYPE.PTR, 46, TYPE.SOA, TYPE.SRV, TYPE.TXT],
  TYPE.HTTPS,
])

/** Only the version is known: there is no Go in here. */
const BUILD = 'goversion="",revision="",version="1.14.1"'

export const prometheus: Plugin = {
  name: 'prometheus',
  setup([directive], { clock, metrics, server, zones }) {
    if ((directive?.args.length ?? 0) > 1)
      throw argumentError(directive?.line ?? 1, directive?.args[1] ?? '', 'prometheus')
    metrics.gauge('coredns_build_info', BUILD, () => 1)
    metrics.counter('coredns_panics_total', '')
    const common = `server="${server}",zone="${zones[0] ?? '.'}",view=""`
    const requests = new Map<number, Counter>()
    const responses = new Map<number, Counter>()
    const duration = metrics.histogram('coredns_dns_request_duration_seconds', common)
    const sizes = {
      udp: metrics.histogram('coredns_dns_request_size_bytes', `proto="udp",${common}`),
      tcp: metrics.histogram('coredns_dns_request_size_bytes', `proto="tcp",${common}`),
    }
    const responseSizes = {
      udp: metrics.histogram('coredns_dns_response_size_bytes', `proto="udp",${common}`),
      tcp: metrics.histogram('coredns_dns_response_size_bytes', `proto="tcp",${common}`),
    }
    const dnssecOk = metrics.counter('coredns_dns_do_requests_total', common)
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
      const startUs = clock.now()
      requestCounter(request.question.type, request.protocol === 'tcp', request.from.address.includes(':')).value++
      if (request.message.edns?.dnssecOk === true) dnssecOk.value++
      sizes[request.protocol].observe(request.size)
      request.walk.responseBytes = responseSizes[request.protocol]
      return andThen(next(request), (outcome) => {
        responseCounter(outcome.kind === 'reply' ? outcome.message.rcode : outcome.rcode).value++
        duration.observe((clock.now() - startUs) / SECOND)
        return outcome
      })
    }
  },
}
