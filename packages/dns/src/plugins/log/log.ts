// `log`: one line per query in the common format. Custom formats and classes other than `all` are refused by name.
// Source: CoreDNS plugin/log, plugin/pkg/replacer.

import { notSimulated } from '../../corefile/index.ts'
import { zonesOf } from '../../corefile/index.ts'
import { className, isInZone, rcodeName, replyTo, typeName, type DnsMessage } from '../../wire/index.ts'
import { encodeMessage } from '../../wire/index.ts'
import { andThen, type Plugin } from '../plugin.ts'

export const log: Plugin = {
  name: 'log',
  setup(directives, context) {
    const zones = directives.flatMap((directive) => {
      if (directive.args.length > 1) throw notSimulated('a log format of your own')
      for (const option of directive.body ?? []) {
        if (option.name !== 'class' || option.args.join() !== 'all')
          throw notSimulated(`option ${option.name} of plugin log`)
      }
      return directive.args.length === 0 ? ['.'] : directive.args.flatMap(zonesOf)
    })
    return function logQueries(request, next) {
      const startUs = context.clock.now()
      return andThen(next(request), (outcome) => {
        const { name, type, class: klass } = request.question
        if (!zones.some((zone) => isInZone(name.toLowerCase(), zone))) return outcome
        const reply = outcome.kind === 'reply' ? outcome.message : replyTo(request.message, { rcode: outcome.rcode })
        const remote = `${request.from.address.includes(':') ? `[${request.from.address}]` : request.from.address}:${request.from.port}`
        const query = `${typeName(type)} ${className(klass)} ${name} ${request.protocol} ${request.size}`
        const dnssecOk = request.message.edns?.dnssecOk === true
        const size = encodeMessage(reply).length
        const seconds = (context.clock.now() - startUs) / 1_000_000
        context.log(
          `[INFO] ${remote} - ${request.message.id} "${query} ${dnssecOk} ${request.limit}" ` +
            `${rcodeName(reply.rcode)} ${flagText(reply)} ${size} ${seconds}s`,
        )
        return outcome
      })
    }
  },
}

function flagText(message: DnsMessage): string {
  const flags: string[] = []
  if (message.response) flags.push('qr')
  if (message.authoritative) flags.push('aa')
  if (message.truncated) flags.push('tc')
  if (message.recursionDesired) flags.push('rd')
  if (message.recursionAvailable) flags.push('ra')
  if (message.authenticData) flags.push('ad')
  if (message.checkingDisabled) flags.push('cd')
  return flags.join(',')
}
