// `template`: answers made from the question by a regular expression and templates in Go's language. An alias among the
// answers is looked up through the server itself. Source: CoreDNS plugin/template/template.go.

import { isInZone, parseRecord, RCODE, replyTo, TYPE, type ReplyParts, type ResourceRecord } from '../../wire/index.ts'
import { andThen, type DnsOutcome, type DnsRequest, type MaybePromise, type Plugin } from '../plugin.ts'
import { TemplateFailure } from './go-template-functions.ts'
import type { GoStruct, Template } from './go-template-run.ts'
import { parseTemplateRule, type TemplateRule } from './parse-template.ts'
import { templateData } from './template-data.ts'

const ANY = 255
const EXTENDED_ERROR = 15

export const template: Plugin = {
  name: 'template',
  setup(directives, context) {
    const rules = directives.map((directive) => parseTemplateRule(directive, context.zones))
    const labels = `server="${context.server}"`
    const failures = context.metrics.counter('coredns_template_template_failures_total', labels)
    const notRecords = context.metrics.counter('coredns_template_rr_failures_total', labels)
    const matches = context.metrics.counter('coredns_template_matches_total', labels)
    return function answerFromTemplate(request, next) {
      for (const rule of rules) {
        const data = matchOf(rule, request)
        if (data === 'other') continue
        if (data === 'failed') return { kind: 'failure', rcode: RCODE.SERVFAIL, error: undefined }
        matches.value++
        if (rule.rcode === RCODE.SERVFAIL) return { kind: 'failure', rcode: rule.rcode, error: undefined }
        try {
          return replyOf(rule, data, request)
        } catch (error) {
          if (error instanceof NotARecord) notRecords.value++
          else if (error instanceof TemplateFailure) failures.value++
          else throw error
          return { kind: 'failure', rcode: RCODE.SERVFAIL, error: error.reason }
        }
      }
      return next(request)
    }
  },
}

/** `other`: the rule is not about this question. `failed`: no pattern matches, and what does not match goes no further. */
function matchOf(rule: TemplateRule, request: DnsRequest): GoStruct | 'other' | 'failed' {
  const { question } = request
  const name = question.name.toLowerCase()
  if (rule.class !== ANY && question.class !== ANY && rule.class !== question.class) return 'other'
  if (rule.type !== ANY && question.type !== ANY && rule.type !== question.type) return 'other'
  const zone = longest(rule.zones.filter((candidate) => isInZone(name, candidate)))
  if (zone === undefined) return 'other'
  for (const pattern of rule.patterns) {
    const found = pattern.exec(name)
    if (found !== null) return templateData(rule, pattern, found, zone, request)
  }
  return rule.fallthrough.some((through) => isInZone(name, through)) ? 'other' : 'failed'
}

function longest(zones: readonly string[]): string | undefined {
  return zones.reduce<string | undefined>(
    (best, zone) => (best === undefined || zone.length > best.length ? zone : best),
    undefined,
  )
}

function replyOf(rule: TemplateRule, data: GoStruct, request: DnsRequest): MaybePromise<DnsOutcome> {
  const { type } = request.question
  const isChased = (record: ResourceRecord): boolean => {
    return record.type === 'CNAME' && (type === TYPE.A || type === TYPE.AAAA)
  }
  const parts: ReplyParts = {
    rcode: rule.rcode,
    authoritative: true,
    additional: rule.additional.map((one) => recordOf(one, data)),
    authority: rule.authority.map((one) => recordOf(one, data)),
  }
  let answer: MaybePromise<Answer> = { records: [], truncated: false }
  for (const one of rule.answer) {
    const record = recordOf(one, data)
    answer = andThen(answer, ({ records, truncated }): MaybePromise<Answer> => {
      if (record.type !== 'CNAME' || !isChased(record)) return { records: [...records, record], truncated }
      return andThen(request.resolve(record.target, type), (found) => {
        return { records: [...records, record, ...found.answer], truncated: found.truncated }
      })
    })
  }
  return andThen(answer, ({ records, truncated }): DnsOutcome => {
    const message = replyTo(request.message, { ...parts, answer: records, truncated })
    return {
      kind: 'reply',
      message: rule.extendedError === undefined ? message : { ...message, edns: errorOption(rule) },
    }
  })
}

interface Answer {
  readonly records: readonly ResourceRecord[]
  readonly truncated: boolean
}

/** What a template made is no record. */
class NotARecord {
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}

function recordOf(one: Template, data: GoStruct): ResourceRecord {
  const line = one(data)
  const record = parseRecord(line)
  if (record === undefined) throw new NotARecord(`dns: not a record: ${JSON.stringify(line)}`)
  return record
}

function errorOption({ extendedError }: TemplateRule): NonNullable<ReturnType<typeof replyTo>['edns']> {
  const { code = 0, text = '' } = extendedError ?? {}
  const data = Uint8Array.from([code >> 8, code & 255, ...Buffer.from(text, 'utf8')])
  return { udpSize: 4096, version: 0, dnssecOk: true, options: [{ code: EXTENDED_ERROR, data }] }
}
