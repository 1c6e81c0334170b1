// `autopath`: follows the client's search list on the server, so that a pod's first question is answered at once. The search
// list is the asking pod's (`@kubernetes`, needs `pods verified`) or a resolv.conf's. Source: CoreDNS plugin/autopath,
// plugin/kubernetes/autopath.go.

import { argumentError, parseError, pluginError, zonesOf } from '../../corefile/index.ts'
import { isInZone, RCODE, TYPE, type DnsMessage, type ResourceRecord } from '../../wire/index.ts'
import { andThen, type DnsOutcome, type DnsRequest, type MaybePromise, type Next, type Plugin } from '../plugin.ts'

/** The search list of the pod a request comes from; undefined when it is not known. */
export type PodSearch = (request: DnsRequest) => readonly string[] | undefined

/** Where a block's `kubernetes` leaves its PodSearch. */
export const POD_SEARCH = 'kubernetes/autopath'

export const autopath: Plugin = {
  name: 'autopath',
  repeats: true,
  setup([directive, second], context) {
    if (directive === undefined) return undefined
    if (second !== undefined)
      throw parseError(second.line, 'this plugin can only be used once per Server Block', 'autopath')
    const source = directive.args.at(-1)
    if (source === undefined) throw pluginError('autopath', 'no resolv-conf specified')
    const given = directive.args.slice(0, -1)
    const zones = given.length === 0 ? context.zones : given.flatMap(zonesOf)
    if (source.startsWith('@') && source !== '@kubernetes') throw argumentError(directive.line, source, 'autopath')
    const fixed = source.startsWith('@') ? undefined : searchOf(context.readFile(source), source)
    const found = context.metrics.counter('coredns_autopath_success_total', `server="${context.server}"`)
    return function followSearchList(request, next) {
      const { type, name } = request.question
      const lower = name.toLowerCase()
      if ((type !== TYPE.A && type !== TYPE.AAAA) || !zones.some((zone) => isInZone(lower, zone))) return next(request)
      const podSearch = context.shared.get(POD_SEARCH)
      const search = fixed ?? (isPodSearch(podSearch) ? podSearch(request) : undefined)
      const first = search?.[0]
      if (search === undefined || first === undefined || lower === first || !isInZone(lower, first))
        return next(request)
      const base = name.slice(0, name.length - first.length)
      return walk(
        request,
        next,
        search.map((domain) => base + domain),
        () => found.value++,
      )
    }
  },
}

function isPodSearch(value: unknown): value is PodSearch {
  return typeof value === 'function'
}

function searchOf(text: string | undefined, path: string): readonly string[] {
  if (text === undefined)
    throw pluginError('autopath', `failed to parse "${path}": open ${path}: no such file or directory`)
  const line = [...text.matchAll(/^search\s+(.*)$/gm)].at(-1)?.[1] ?? ''
  const domains = line.split(/\s+/).filter((domain) => domain !== '')
  return [...domains.map((domain) => (domain.endsWith('.') ? domain : `${domain}.`).toLowerCase()), '']
}

/** Each candidate in turn until one exists; when none does, the answer to the first is the answer. */
function walk(
  request: DnsRequest,
  next: Next,
  names: readonly string[],
  onFound: () => void,
): MaybePromise<DnsOutcome> {
  const asked = request.question
  let first: DnsOutcome | undefined
  const step = (position: number): MaybePromise<DnsOutcome> => {
    const name = names[position]
    if (name === undefined) return first ?? { kind: 'failure', rcode: RCODE.SERVFAIL, error: undefined }
    const question = { ...asked, name }
    return andThen(next({ ...request, question, message: { ...request.message, question } }), (outcome) => {
      const back =
        outcome.kind === 'reply' ? { kind: 'reply' as const, message: renamed(outcome.message, request) } : outcome
      first ??= back
      if (outcome.kind !== 'reply' || outcome.message.rcode === RCODE.NXDOMAIN) return step(position + 1)
      onFound()
      return { kind: 'reply', message: withAlias(outcome.message, request) }
    })
  }
  return step(0)
}

function renamed(message: DnsMessage, request: DnsRequest): DnsMessage {
  return { ...message, question: request.question }
}

/** The client asked for one name and gets another's records: a CNAME leads there. */
function withAlias(message: DnsMessage, request: DnsRequest): DnsMessage {
  const asked = request.question.name
  const target = message.answer.find((record) => record.name.toLowerCase() !== asked.toLowerCase())
  const alias: readonly ResourceRecord[] =
    target === undefined ? [] : [{ type: 'CNAME', name: asked, ttl: target.ttl, target: target.name }]
  return { ...renamed(message, request), answer: [...alias, ...message.answer] }
}
