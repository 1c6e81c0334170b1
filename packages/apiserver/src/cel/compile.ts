// An expression from its text: read, checked, priced, and made ready to run.

import { check } from './check/checker.ts'
import type { Checked } from './check/checked.ts'
import type { Environment } from './check/environment.ts'
import { checkLiterals } from './check/literals.ts'
import { PER_CALL_LIMIT } from './cost/constants.ts'
import { CostLimitExceeded, Frame, Meter } from './run/frame.ts'
import { plan, type Step } from './run/plan.ts'
import { CelError, type Value } from './run/values.ts'
import { parse } from './syntax/parser.ts'
import { problemText, type Problem } from './syntax/problem.ts'
import { DYN, type Type } from './types/type.ts'

export interface Compiled {
  readonly checked: Checked
  readonly type: Type
  /** A name the expression speaks of. */
  mentions(variable: string): boolean
}

/** @returns the expression, or what is wrong with it: `ERROR: <input>:1:5: undefined field 'x'\n | …` */
export function compile(text: string, environment: Environment): Compiled | string {
  const { expression, problems } = parse(text)
  if (expression === undefined) return problemText(problems, text)
  const checked = check(expression, environment)
  if (isProblems(checked)) return problemText(checked, text)
  const literals = checkLiterals(checked)
  if (literals.length > 0) return problemText(literals, text)
  const names = new Set(checked.names.values())
  return { checked, type: checked.types.get(expression) ?? DYN, mentions: (variable) => names.has(variable) }
}

function isProblems(checked: Checked | readonly Problem[]): checked is readonly Problem[] {
  return Array.isArray(checked)
}

export interface Outcome {
  readonly value: Value
  readonly cost: number
}

export interface Program {
  run(variables: ReadonlyMap<string, Value>): Outcome
}

const TOO_EXPENSIVE = new CelError('operation cancelled: actual cost limit exceeded')

/** @throws PlanError */
export function programOf(checked: Checked): Program {
  const step: Step = plan(checked)
  return {
    run(variables) {
      const meter = new Meter(PER_CALL_LIMIT)
      let frame: Frame | undefined
      for (const [name, value] of variables) frame = new Frame(meter, name, value, frame)
      try {
        return { value: step(frame ?? new Frame(meter, '', null, undefined)), cost: meter.cost }
      } catch (error) {
        if (!(error instanceof CostLimitExceeded)) throw error
        return { value: TOO_EXPENSIVE, cost: meter.cost }
      }
    },
  }
}
