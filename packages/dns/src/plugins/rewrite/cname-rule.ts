// `rewrite cname [MATCH] FROM TO`: an alias in the reply that leads to FROM leads to TO instead, and what TO has is looked up
// through the server itself. Source: CoreDNS plugin/rewrite/cname_target.go.

import type { DnsMessage, ResourceRecord } from '../../wire/index.ts'
import { andThen, type DnsRequest, type MaybePromise } from '../plugin.ts'
import { goRegexp } from '../go-regexp.ts'
import { isNameMatch, nameChange, normalized, substituted, type NameChange } from './name-match.ts'
import { ruleError, type Rule } from './rule.ts'

export function cnameRule(args: readonly string[], stop: boolean): Rule {
  if (args.length !== 2 && args.length !== 3) throw ruleError(`too few (${args.length}) arguments for a cname rule`)
  const match = args.length === 3 ? (args[0] ?? '').toLowerCase() : 'exact'
  if (!isNameMatch(match)) throw ruleError(`unknown cname rewrite type: ${match}`)
  const [from = '', to = ''] = args.slice(-2).map((word) => word.toLowerCase())
  const change = targetChange(match, from, to)
  return {
    stop,
    apply: ({ request, question, edns }) => {
      const step = (message: DnsMessage): MaybePromise<DnsMessage> =>
        redirected(message, change, request, question.type)
      return { question, edns, steps: [{ kind: 'alias', change: step }] }
    },
  }
}

/** Parts of names are taken as they are written here, unlike in name rules. */
function targetChange(match: string, from: string, to: string): NameChange {
  if (match === 'exact') return nameChange('exact', normalized(from), normalized(to))
  if (match !== 'regex') return nameChange(match, from, to)
  const regexp = goRegexp(from)
  if ('problem' in regexp) throw ruleError(`invalid cname rewrite regex pattern: ${regexp.problem}`)
  return (name) => {
    const groups = regexp.pattern.exec(name)
    return groups === null ? undefined : substituted(to, groups)
  }
}

function redirected(
  message: DnsMessage,
  change: NameChange,
  request: DnsRequest,
  type: number,
): MaybePromise<DnsMessage> {
  const kept: ResourceRecord[] = []
  for (const record of message.answer) {
    if (record.type !== 'CNAME') continue
    const target = change(record.target)
    if (target === undefined) {
      kept.push(record)
      continue
    }
    kept.push({ ...record, target })
    return andThen(request.resolve(target, type), (found) => {
      return { ...message, answer: [...kept, ...found.answer], truncated: found.truncated }
    })
  }
  return message
}
