// `forward`: hands queries on to the simulated internet. Which of the listed servers would be asked makes no difference
// here: all stand for the one declared internet. An upstream that stays silent is SERVFAIL. Source: CoreDNS plugin/forward.

import { argumentError, parseError, zonesOf, type Directive } from '../../corefile/index.ts'
import { isInZone, RCODE } from '../../wire/index.ts'
import { andThen, type Plugin } from '../plugin.ts'

/** Options that steer connections to upstreams and change no answer; with how many arguments they take. */
const CONNECTION_OPTIONS: ReadonlyMap<string, readonly [least: number, most: number]> = new Map([
  ['force_tcp', [0, 0]],
  ['prefer_udp', [0, 0]],
  ['expire', [1, 1]],
  ['max_fails', [1, 1]],
  ['max_concurrent', [1, 1]],
  ['policy', [1, 1]],
  ['health_check', [1, 5]],
  ['tls', [0, 3]],
  ['tls_servername', [1, 1]],
  ['max_idle_conns', [1, 1]],
  ['next', [1, 16]],
  ['failfast_all_unhealthy_upstreams', [0, 0]],
])

interface ForwardRule {
  readonly zones: readonly string[]
  readonly except: readonly string[]
}

export const forward: Plugin = {
  name: 'forward',
  setup(directives, context) {
    const rules = directives.map(parseForward)
    return function forwardUpstream(request, next) {
      const name = request.question.name.toLowerCase()
      const inZone = (zone: string): boolean => isInZone(name, zone)
      const rule = rules.find(({ zones, except }) => zones.some(inZone) && !except.some(inZone))
      if (rule === undefined) return next(request)
      return andThen(context.upstream(request.message), (reply) =>
        reply === undefined
          ? { kind: 'failure', rcode: RCODE.SERVFAIL, error: 'no healthy proxies' }
          : {
              kind: 'reply',
              message: { ...reply, id: request.message.id, question: request.question, edns: undefined },
            },
      )
    }
  },
}

function parseForward(directive: Directive): ForwardRule {
  const [from, ...to] = directive.args
  if (from === undefined || to.length === 0) throw argumentError(directive.line, from ?? 'forward', 'forward')
  const zones = zonesOf(from)
  if (zones.length === 0) throw parseError(directive.line, `unable to normalize '${from}'`, 'forward')
  const except: string[] = []
  for (const option of directive.body ?? []) {
    if (option.name === 'except') {
      if (option.args.length === 0) throw argumentError(option.line, 'except', 'forward')
      except.push(...option.args.flatMap(zonesOf))
      continue
    }
    const range = CONNECTION_OPTIONS.get(option.name)
    if (range === undefined) throw parseError(option.line, `unknown property '${option.name}'`, 'forward')
    if (option.args.length < range[0] || option.args.length > range[1]) {
      throw argumentError(option.line, option.args.at(-1) ?? option.name, 'forward')
    }
  }
  return { zones, except }
}
