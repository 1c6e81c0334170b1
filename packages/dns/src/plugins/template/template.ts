// `template`: answers made from the question by a regular expression and text with holes. A CNAME among the answers is looked
// up through the server itself. Source: CoreDNS plugin/template/template.go.

import {
  className,
  isInZone,
  parseRecord,
  RCODE,
  replyTo,
  TYPE,
  typeName,
  type ResourceRecord,
} from '../../wire/index.ts'
import { andThen, type DnsOutcome, type DnsRequest, type MaybePromise, type Plugin } from '../plugin.ts'
import type { Template, TemplateData } from './go-template.ts'
import { parseTemplate, type TemplateRule } from './parse-template.ts'

export const template: Plugin = {
  name: 'template',
  setup(directives, context) {
    const rules = directives.map((directive) => parseTemplate(directive, context.zones))
    const failures = context.metrics.counter('coredns_template_rr_failures_total', `server="${context.server}"`)
    const matches = context.metrics.counter('coredns_template_matches_total', `server="${context.server}"`)
    return function answerFromTemplate(request, next) {
      const name = request.question.name.toLowerCase()
      for (const rule of rules) {
        const matched = matchOf(rule, request, name)
        if (matched === 'other') continue
        if (matched === undefined) {
          if (rule.fallthrough.some((zone) => isInZone(name, zone))) continue
          return next(request)
        }
        matches.value++
        // An rcode alone, without records, is a whole answer.
        if (rule.rcode === RCODE.SERVFAIL) return { kind: 'failure', rcode: rule.rcode, error: undefined }
        const reply = replyOf(rule, matched, request)
        if (reply === undefined) {
          failures.value++
          return { kind: 'failure', rcode: RCODE.SERVFAIL, error: 'template: not a record' }
        }
        return reply
      }
      return next(request)
    }
  },
}

/** `other`: the rule is not about this question. Undefined: no pattern matches. */
function matchOf(rule: TemplateRule, request: DnsRequest, name: string): TemplateData | 'other' | undefined {
  const { question } = request
  if (rule.class !== undefined && rule.class !== question.class) return 'other'
  if (rule.type !== undefined && rule.type !== question.type) return 'other'
  const zone = rule.zones.find((candidate) => isInZone(name, candidate))
  if (zone === undefined) return 'other'
  for (const pattern of rule.patterns) {
    const found = pattern.exec(name)
    if (found === null) continue
    const fields = new Map([
      ['Zone', zone],
      ['Name', name],
      ['Class', className(question.class)],
      ['Type', typeName(question.type)],
      ['Remote', request.from.address],
      ['Question.Name', question.name],
      ['Message.Id', String(request.message.id)],
    ])
    const groups = new Map([...found.entries()].map(([i, text]) => [String(i), text ?? '']))
    for (const [key, text] of Object.entries(found.groups ?? {})) groups.set(key, text)
    return { fields, match: [...found].map((text) => text ?? ''), groups }
  }
  return undefined
}

/** Undefined: a template did not make a record. */
function replyOf(rule: TemplateRule, data: TemplateData, request: DnsRequest): MaybePromise<DnsOutcome> | undefined {
  const answer = records(rule.answer, data)
  const additional = records(rule.additional, data)
  const authority = records(rule.authority, data)
  if (answer === undefined || additional === undefined || authority === undefined) return undefined
  const parts = { rcode: rule.rcode, authoritative: true, answer, additional, authority }
  const alias = answer.at(-1)
  const { type } = request.question
  if (alias?.type !== 'CNAME' || (type !== TYPE.A && type !== TYPE.AAAA)) {
    return { kind: 'reply', message: replyTo(request.message, parts) }
  }
  return andThen(request.resolve(alias.target, type), (found): DnsOutcome => {
    return { kind: 'reply', message: replyTo(request.message, { ...parts, answer: [...answer, ...found.answer] }) }
  })
}

function records(templates: readonly Template[], data: TemplateData): readonly ResourceRecord[] | undefined {
  const made: ResourceRecord[] = []
  for (const one of templates) {
    const line = one(data)
    const record = line === undefined ? undefined : parseRecord(line)
    if (record === undefined) return undefined
    made.push(record)
  }
  return made
}
