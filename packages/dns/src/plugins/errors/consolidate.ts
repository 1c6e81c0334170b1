// `consolidate PERIOD REGEXP [LEVEL] [show_first]` of `errors`: counts errors alike, and says how many there were when the
// period that the first one began is over. Source: CoreDNS plugin/errors/{errors,setup}.go.

import { formatDuration, type Engine, type Microseconds, type ScheduledTask } from '@podwire/engine'
import { argumentError, parseError, type Directive } from '../../corefile/index.ts'
import { goDuration } from '../go-duration.ts'
import { goRegexp } from '../go-regexp.ts'

const LEVELS: ReadonlySet<string> = new Set(['warning', 'error', 'info', 'debug'])

export interface ConsolidateRule {
  readonly periodUs: Microseconds
  /** As written. */
  readonly text: string
  readonly pattern: RegExp
  readonly level: string
  readonly showFirst: boolean
}

export function parseConsolidate({ args, line }: Directive): ConsolidateRule {
  const [period, text, ...options] = args
  if (period === undefined || text === undefined || options.length > 2) {
    throw argumentError(line, args.at(-1) ?? 'consolidate', 'errors')
  }
  const complain = (problem: string): Error => parseError(line, problem, 'errors')
  const periodUs = goDuration(period)
  if (periodUs === undefined) throw complain(`time: invalid duration "${period}"`)
  const regexp = goRegexp(text)
  if ('problem' in regexp) throw complain(regexp.problem)
  let level: string | undefined
  let showFirst = false
  for (const option of options) {
    if (LEVELS.has(option)) {
      if (level !== undefined) throw complain('multiple log levels specified in consolidate')
      if (showFirst) throw complain('log level must come before show_first in consolidate')
      level = option
    } else if (option === 'show_first') showFirst = true
    else throw complain(`unknown option in consolidate: ${option}`)
  }
  return { periodUs, text, pattern: regexp.pattern, level: level ?? 'error', showFirst }
}

export class Consolidation {
  readonly rule: ConsolidateRule
  readonly #engine: Engine
  readonly #log: (level: string, text: string) => void
  #count = 0
  #period: ScheduledTask | undefined

  constructor(rule: ConsolidateRule, engine: Engine, log: (level: string, text: string) => void) {
    this.rule = rule
    this.#engine = engine
    this.#log = log
  }

  /** Counts one error; true: that is all, false: it is logged by itself as well. */
  take(): boolean {
    if (++this.#count > 1) return true
    const end = (): void => this.#tell()
    this.#period = this.#engine.schedule(this.rule.periodUs, 'errors consolidate', end, 'background')
    return !this.rule.showFirst
  }

  /** The configuration goes: what was counted so far is said now. */
  stop(): void {
    this.#engine.cancel(this.#period)
    this.#tell()
  }

  #tell(): void {
    const count = this.#count
    this.#count = 0
    const { level, periodUs, showFirst, text } = this.rule
    if (count === 0 || (count === 1 && showFirst)) return
    this.#log(level, `${count} errors like '${text}' occurred in last ${formatDuration(periodUs)}`)
  }
}
