// `rewrite`: changes the question on its way in and, with `answer auto`, the names on their way out; the question in the
// reply is always the client's own. Built: `name` (exact, prefix, suffix, substring, regex) and `type`; other fields are
// refused by name. Source: CoreDNS plugin/rewrite.

import { argumentError, notSimulated, parseError, type Directive } from '../../corefile/index.ts'
import { fullyQualified, nameFault, RCODE, typeNumber, type Question, type ResourceRecord } from '../../wire/index.ts'
import { andThen, type DnsOutcome, type Plugin } from '../plugin.ts'

interface Rule {
  readonly stop: boolean
  readonly auto: boolean
  /** Undefined: the rule does not apply. */
  readonly apply: (question: Question) => Question | undefined
}

const MATCHES: ReadonlySet<string> = new Set(['exact', 'prefix', 'suffix', 'substring', 'regex'])

export const rewrite: Plugin = {
  name: 'rewrite',
  setup(directives) {
    const rules = directives.map(parseRule)
    return function rewriteQuestion(request, next) {
      let { question } = request
      let auto = false
      for (const rule of rules) {
        const changed = rule.apply(question)
        if (changed === undefined) continue
        if (nameFault(changed.name) !== undefined) {
          return { kind: 'failure', rcode: RCODE.FORMERR, error: `invalid name after rewrite: ${changed.name}` }
        }
        question = changed
        auto ||= rule.auto
        if (rule.stop) break
      }
      if (question === request.question) return next(request)
      const asked = request.question
      const rewritten = { ...request, question, message: { ...request.message, question } }
      return andThen(next(rewritten), (outcome) => restored(outcome, asked, auto ? question.name : undefined))
    }
  },
}

function restored(outcome: DnsOutcome, asked: Question, rewrittenName: string | undefined): DnsOutcome {
  if (outcome.kind !== 'reply') return outcome
  const back = (record: ResourceRecord): ResourceRecord =>
    record.name === rewrittenName ? { ...record, name: asked.name } : record
  const { message } = outcome
  return { kind: 'reply', message: { ...message, question: asked, answer: message.answer.map(back) } }
}

function parseRule(directive: Directive): Rule {
  const { line } = directive
  const args = [...directive.args]
  let stop = true
  if (args[0] === 'continue' || args[0] === 'stop') stop = args.shift() === 'stop'
  const field = args.shift()
  if (field === undefined) throw argumentError(line, 'rewrite', 'rewrite')
  if (field === 'type') return parseTypeRule(args, line, stop)
  if (field !== 'name') throw notSimulated(`field ${field} of plugin rewrite`)
  const match = MATCHES.has(args[0] ?? '') ? (args.shift() ?? '') : 'exact'
  const [from, to, ...options] = args
  if (from === undefined || to === undefined) throw argumentError(line, args.at(-1) ?? match, 'rewrite')
  const auto = options.join(' ') === 'answer auto'
  if (options.length > 0 && !auto) throw notSimulated(`option ${options.join(' ')} of plugin rewrite`)
  const change = nameChange(match, from, to, line)
  return {
    stop,
    auto,
    apply: (question) => {
      const name = change(question.name.toLowerCase())
      return name === undefined ? undefined : { ...question, name }
    },
  }
}

function nameChange(match: string, from: string, to: string, line: number): (name: string) => string | undefined {
  const lower = from.toLowerCase()
  switch (match) {
    case 'prefix':
      return (name) => (name.startsWith(lower) ? to + name.slice(lower.length) : undefined)
    case 'suffix': {
      const [tail, other] = [fullyQualified(lower), fullyQualified(to)]
      return (name) => (name.endsWith(tail) ? name.slice(0, name.length - tail.length) + other : undefined)
    }
    case 'substring':
      return (name) => (name.includes(lower) ? name.replaceAll(lower, to) : undefined)
    case 'regex':
      return regexChange(from, to, line)
    default: {
      const exact = fullyQualified(lower)
      return (name) => (name === exact ? fullyQualified(to) : undefined)
    }
  }
}

/** The pattern sees the name with and without its final dot, as the real plugin does. */
function regexChange(from: string, to: string, line: number): (name: string) => string | undefined {
  let pattern: RegExp
  try {
    pattern = new RegExp(from)
  } catch {
    throw parseError(line, `invalid regex pattern in a name rule: ${from}`, 'rewrite')
  }
  return (name) => {
    const groups = pattern.exec(name) ?? pattern.exec(name.slice(0, -1))
    if (groups === null) return undefined
    return fullyQualified(to.replace(/\{(\d+)\}/g, (_, group: string) => groups[Number(group)] ?? ''))
  }
}

function parseTypeRule(args: readonly string[], line: number, stop: boolean): Rule {
  const [from, to, extra] = args
  if (from === undefined || to === undefined || extra !== undefined)
    throw argumentError(line, extra ?? 'type', 'rewrite')
  const [fromType, toType] = [typeNumber(from), typeNumber(to)]
  if (fromType === undefined) throw parseError(line, `invalid type "${from.toUpperCase()}"`, 'rewrite')
  if (toType === undefined) throw parseError(line, `invalid type "${to.toUpperCase()}"`, 'rewrite')
  return {
    stop,
    auto: false,
    apply: (question) => (question.type === fromType ? { ...question, type: toType } : undefined),
  }
}
