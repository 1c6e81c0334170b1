// `rewrite name …`: another name in the question; names and targets in the reply go back to what the client asked for, by
// themselves (`exact` always, others with `answer auto`) or by rules of their own. Source: CoreDNS plugin/rewrite/name.go.

import type { ResourceRecord } from '../../wire/index.ts'
import { isNameMatch, nameChange, normalized, regexChange, type NameChange } from './name-match.ts'
import { ruleError, type ReplyStep, type Rule } from './rule.ts'

export function nameRule(args: readonly string[], stop: boolean): Rule {
  if (args.length < 2) throw ruleError('too few arguments for a name rule')
  const match = args.length === 2 ? 'exact' : (args[0] ?? '').toLowerCase()
  const [from = '', to = '', ...rest] = args.length === 2 ? args : args.slice(1)
  const { auto, steps } = rest.length === 0 ? { auto: false, steps: [] } : answerRules(match, rest)
  if (!isNameMatch(match)) {
    throw ruleError(
      `name rule supports only exact, prefix, suffix, substring, and regex name matching, received: ${match}`,
    )
  }
  const change = nameChange(match, match === 'regex' ? from : normalized(from), normalized(to))
  return {
    stop,
    apply: ({ question, edns }) => {
      const old = question.name.toLowerCase()
      const name = change(old)
      if (name === undefined) return undefined
      return { question: { ...question, name }, edns, steps: [...backSteps(old, name), ...steps] }
    },
  }

  function backSteps(old: string, name: string): readonly ReplyStep[] {
    if (match === 'exact' || (auto && match !== 'suffix')) return bothWays(remap(name, old))
    return auto ? bothWays(nameChange('suffix', normalized(to), normalized(from))) : []
  }
}

/** The name itself and what is below it. */
function remap(from: string, to: string): NameChange {
  return (name) => {
    if (name === from) return to
    return name.endsWith(`.${from}`) ? name.slice(0, name.length - from.length) + to : undefined
  }
}

function bothWays(change: NameChange): readonly ReplyStep[] {
  return [ownerStep(change), valueStep(change)]
}

function ownerStep(change: NameChange): ReplyStep {
  return { kind: 'record', change: (record) => ({ ...record, name: change(record.name) ?? record.name }) }
}

function valueStep(change: NameChange): ReplyStep {
  return {
    kind: 'record',
    change: (record): ResourceRecord => {
      if ('target' in record) return { ...record, target: change(record.target) ?? record.target }
      if (record.type === 'MX') return { ...record, exchange: change(record.exchange) ?? record.exchange }
      return record.type === 'SOA' ? { ...record, mname: change(record.mname) ?? record.mname } : record
    },
  }
}

function answerRules(match: string, args: readonly string[]): { auto: boolean; steps: readonly ReplyStep[] } {
  if (args.length < 2) throw ruleError(`invalid arguments for ${match} rule`)
  const steps: ReplyStep[] = []
  let auto = false
  let names = 0
  for (let at = 0; at < args.length;) {
    if (at === 0 && args[at] !== 'answer') {
      throw ruleError(`exceeded the number of arguments for a non-answer rule argument for ${match} rule`)
    }
    if (args[at] === 'answer') at++
    const what = args[at++]
    if (what === undefined) throw ruleError(`type missing for answer rule for ${match} rule`)
    if (what === 'auto') {
      auto = true
      continue
    }
    if (what !== 'name' && what !== 'value') throw ruleError(`invalid type "${what}" for answer rule for ${match} rule`)
    const [from, to] = args.slice(at, at + 2)
    if (from === undefined || to === undefined) {
      throw ruleError(`${what} answer rule for ${match} rule: 2 arguments required`)
    }
    const change = regexChange(from, normalized(to))
    steps.push(what === 'name' ? ownerStep(change) : valueStep(change))
    if (what === 'name') names++
    at += 2
  }
  if (auto && names > 0) throw ruleError('auto name answer rule cannot be combined with explicit name anwer rules')
  return { auto, steps }
}
