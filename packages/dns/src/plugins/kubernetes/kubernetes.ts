// `kubernetes`: answers from the cluster's objects (records/), looks up aliases that leave the zone through the server
// itself, and passes on what is not its own. Source: CoreDNS plugin/kubernetes/handler.go.

import { parseError } from '../../corefile/index.ts'
import { answerQuestion, type AnswerContext, type Chase } from '../../records/index.ts'
import { fullyQualified, isInZone, replyTo, type ReplyParts } from '../../wire/index.ts'
import { andThen, type DnsOutcome, type DnsRequest, type MaybePromise, type Plugin } from '../plugin.ts'
import { POD_SEARCH, type PodSearch } from '../autopath/autopath.ts'
import { parseKubernetes } from './parse-options.ts'

export const kubernetes: Plugin = {
  name: 'kubernetes',
  setup([directive, second], context) {
    if (directive === undefined) return undefined
    if (second !== undefined) {
      throw parseError(second.line, 'this plugin can only be used once per Server Block', 'kubernetes')
    }
    const { options, selection } = parseKubernetes(directive, context.zones)
    const index = context.index(selection)
    const ownSearch = [...(context.readFile('/etc/resolv.conf') ?? '').matchAll(/^search\s+(.*)$/gm)].at(-1)?.[1] ?? ''
    const podSearch: PodSearch = ({ question, from }) => {
      const name = question.name.toLowerCase()
      const zone = options.zones.find((candidate) => isInZone(name, candidate))
      const namespace = options.pods === 'verified' ? index.podNamespace(from.address) : undefined
      if (zone === undefined || namespace === undefined) return undefined
      const own = ownSearch.split(/\s+/).filter((domain) => domain !== '')
      return [`${namespace}.svc.${zone}`, `svc.${zone}`, zone, ...own.map(fullyQualified), '']
    }
    context.shared.set(POD_SEARCH, podSearch)
    const cluster: AnswerContext = {
      index,
      options,
      localAddresses: () => context.localAddresses(),
      synced: () => context.synced(),
    }
    return function answerFromCluster(request, next) {
      const answer = answerQuestion(cluster, request.question)
      if (answer.kind === 'pass' || (answer.kind === 'missing' && answer.fallThrough)) return next(request)
      if (answer.kind === 'reply' && answer.chase !== undefined) return chase(request, answer.reply, answer.chase)
      return { kind: 'reply', message: replyTo(request.message, answer.reply) }
    }
  },
}

/** The alias stands even when nothing is found for its target. */
function chase(request: DnsRequest, reply: ReplyParts, target: Chase): MaybePromise<DnsOutcome> {
  return andThen(request.resolve(target.name, target.type), (found): DnsOutcome => {
    const answer = [...(reply.answer ?? []), ...found.answer]
    return { kind: 'reply', message: replyTo(request.message, { ...reply, answer, truncated: found.truncated }) }
  })
}
