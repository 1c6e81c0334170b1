// `rewrite`: changes the query on its way in and the reply on its way out. Rules are tried in order; the first that applies is
// the last one unless it says `continue`. The reply has the client's own question, but, as in the real plugin, not after
// rules that all say `continue` and none of which changes the reply. Source: CoreDNS plugin/rewrite/{rewrite,reverter}.go.

import { echoedEdns, nameFault, RCODE, replyTo, type DnsMessage, type ResourceRecord } from '../../wire/index.ts'
import { andThen, type DnsOutcome, type DnsRequest, type MaybePromise, type Plugin } from '../plugin.ts'
import { parseRule } from './parse-rule.ts'
import type { ReplyStep, RewriteState } from './rule.ts'

export const rewrite: Plugin = {
  name: 'rewrite',
  setup(directives, { localAddresses }) {
    const rules = directives.map(parseRule)
    const optionCodes = new Set(rules.flatMap(({ optionCode }) => optionCode ?? []))
    return function rewriteQuery(request, next) {
      let state: RewriteState = {
        request,
        question: request.question,
        edns: request.message.edns,
        localAddress: localAddresses()[0],
      }
      const steps: ReplyStep[] = []
      let applied = false
      let restores = false
      for (const rule of rules) {
        const changed = rule.apply(state)
        if (changed === undefined) continue
        const { question, edns } = changed
        if (nameFault(question.name) !== undefined) {
          return { kind: 'failure', rcode: RCODE.SERVFAIL, error: `invalid name after rewrite: ${question.name}` }
        }
        state = { ...state, question, edns }
        steps.push(...changed.steps)
        applied = true
        restores = rule.stop
        if (rule.stop) break
      }
      if (!applied) return next(request)
      const { question, edns } = state
      const rewritten = { ...request, question, message: { ...request.message, question, edns } }
      return andThen(next(rewritten), (outcome) => {
        const way = { request, rewritten, optionCodes, steps: steps.toReversed() }
        return restores || steps.length > 0 ? restored(outcome, way) : withOptions(outcome, way)
      })
    }
  },
}

interface WayBack {
  readonly request: DnsRequest
  readonly rewritten: DnsRequest
  readonly optionCodes: ReadonlySet<number>
  /** Last rule first. */
  readonly steps: readonly ReplyStep[]
}

/** The OPT record that goes back is the query's as the rules left it. */
function withOptions(outcome: DnsOutcome, { request, rewritten, optionCodes }: WayBack): DnsOutcome {
  const { edns } = rewritten.message
  if (outcome.kind !== 'reply' || outcome.message.edns !== undefined || edns === request.message.edns) return outcome
  return { ...outcome, message: { ...outcome.message, edns: echoedEdns(edns, optionCodes) } }
}

function restored(outcome: DnsOutcome, way: WayBack): MaybePromise<DnsOutcome> {
  const { request, steps } = way
  if (outcome.kind === 'failure' && steps.length === 0) return outcome
  const error = outcome.kind === 'failure' ? outcome.error : undefined
  const reply =
    outcome.kind === 'reply' ? outcome : { kind: 'reply' as const, message: bare(outcome.rcode, way), error }
  const answered = withOptions(reply, way)
  if (answered.kind !== 'reply') return answered
  const message = withSteps({ ...answered.message, question: request.question }, steps)
  return andThen(aliased(message, steps), (changed): DnsOutcome => ({ ...answered, message: changed }))
}

function bare(rcode: number, { rewritten }: WayBack): DnsMessage {
  return replyTo(rewritten.message, { rcode })
}

function withSteps(message: DnsMessage, steps: readonly ReplyStep[]): DnsMessage {
  const change = (record: ResourceRecord): ResourceRecord => {
    let changed = record
    for (const step of steps) if (step.kind === 'record') changed = step.change(changed)
    return changed
  }
  let changed: DnsMessage = {
    ...message,
    answer: message.answer.map(change),
    authority: message.authority.map(change),
    additional: message.additional.map(change),
  }
  for (const step of steps) {
    if (step.kind === 'message') changed = step.change(changed)
    else if (step.kind === 'option' && changed.edns !== undefined)
      changed = { ...changed, edns: step.change(changed.edns) }
  }
  return changed
}

function aliased(message: DnsMessage, steps: readonly ReplyStep[]): MaybePromise<DnsMessage> {
  let changed: MaybePromise<DnsMessage> = message
  for (const step of steps) if (step.kind === 'alias') changed = andThen(changed, (before) => step.change(before))
  return changed
}
