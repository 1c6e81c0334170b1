// `log`: one line per query, for the zones, in the format and for the classes of replies the Corefile names.
// Source: CoreDNS plugin/log.

import { argumentError, parseError, pluginError, type Directive } from '../../corefile/index.ts'
import { fullyQualified, isInZone, replyTo } from '../../wire/index.ts'
import { andThen, type Plugin } from '../plugin.ts'
import { COMBINED, COMMON, logClassOf, logLine, type LogClass } from './log-format.ts'

interface LogRule {
  readonly zones: readonly string[]
  readonly format: string
  /** Empty: all. */
  readonly classes: ReadonlySet<LogClass>
}

export const log: Plugin = {
  name: 'log',
  setup(directives, context) {
    const rules = directives.map(parseLog)
    return function logQueries(request, next) {
      const startUs = context.clock.now()
      return andThen(next(request), (outcome) => {
        const name = request.question.name.toLowerCase()
        const rule = rules.find(({ zones }) => zones.some((zone) => isInZone(name, zone)))
        if (rule === undefined) return outcome
        const reply = outcome.kind === 'reply' ? outcome.message : replyTo(request.message, { rcode: outcome.rcode })
        if (rule.classes.size === 0 || rule.classes.has(logClassOf(reply))) {
          const seconds = (context.clock.now() - startUs) / 1_000_000
          context.log(
            `[INFO] ${logLine(rule.format, { request, reply, seconds, localAddress: context.localAddresses()[0] })}`,
          )
        }
        return outcome
      })
    }
  },
}

function parseLog(directive: Directive): LogRule {
  const args = [...directive.args]
  // A format stands behind zones, never alone.
  const format = args.length > 1 && args.at(-1)?.includes('{') === true ? (args.pop() ?? COMMON) : COMMON
  const zones = args.length === 0 ? ['.'] : args.map((zone) => fullyQualified(zone))
  const classes = new Set<LogClass>()
  let all = false
  for (const { name, args: words, line } of directive.body ?? []) {
    if (name !== 'class') throw parseError(line, `unknown property '${name}'`, 'log')
    if (words.length === 0) throw argumentError(line, name, 'log')
    for (const word of words) {
      if (word === 'all') all = true
      else if (word === 'success' || word === 'denial' || word === 'error') classes.add(word)
      else throw pluginError('log', `invalid Class: ${word}`)
    }
  }
  const written = format.replaceAll('{common}', COMMON).replaceAll('{combined}', COMBINED)
  return { zones, format: written, classes: all ? new Set() : classes }
}
