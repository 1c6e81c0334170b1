// `rewrite`: changes the question on its way in and the reply on its way out; the question in the reply is always the
// client's own. Rules are tried in order; the first that applies is the last one unless it says `continue`.
// Source: CoreDNS plugin/rewrite.

import { nameFault, RCODE, replyTo, type DnsMessage, type Question, type ResourceRecord } from '../../wire/index.ts'
import { andThen, type DnsOutcome, type Plugin } from '../plugin.ts'
import { parseRule, type Rule } from './parse-rule.ts'

export const rewrite: Plugin = {
  name: 'rewrite',
  setup(directives) {
    const rules = directives.map(parseRule)
    return function rewriteQuestion(request, next) {
      let { question } = request
      const applied: Rule[] = []
      for (const rule of rules) {
        const changed = rule.apply(question)
        if (changed === undefined) continue
        if (nameFault(changed.name) !== undefined) {
          return { kind: 'failure', rcode: RCODE.FORMERR, error: `invalid name after rewrite: ${changed.name}` }
        }
        question = changed
        applied.push(rule)
        if (rule.stop) break
      }
      if (applied.length === 0) return next(request)
      const rewritten = { ...request, question, message: { ...request.message, question } }
      return andThen(next(rewritten), (outcome) =>
        restored(outcome, request.message, request.question, question.name, applied),
      )
    }
  },
}

function restored(
  outcome: DnsOutcome,
  asking: DnsMessage,
  asked: Question,
  rewrittenName: string,
  rules: readonly Rule[],
): DnsOutcome {
  const changesRcode = rules.some((rule) => rule.reply !== undefined)
  if (outcome.kind !== 'reply' && !changesRcode) return outcome
  let message = outcome.kind === 'reply' ? outcome.message : replyTo(asking, { rcode: outcome.rcode })
  const auto = rules.some((rule) => rule.auto)
  const change = (record: ResourceRecord): ResourceRecord => {
    let changed = auto && record.name === rewrittenName ? { ...record, name: asked.name } : record
    for (const rule of rules) for (const step of rule.record) changed = step(changed)
    return changed
  }
  message = {
    ...message,
    question: asked,
    answer: message.answer.map(change),
    authority: message.authority.map(change),
    additional: message.additional.map(change),
  }
  for (const rule of rules) message = rule.reply?.(message) ?? message
  return { kind: 'reply', message }
}
