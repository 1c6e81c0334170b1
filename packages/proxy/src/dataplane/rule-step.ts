// A step of a trace that a rule tells. Flows are recorded in numbers and read one at a time, so the rule's text and the branch it
// stands for are made when somebody reads them. Rules are immutable: they read the same later.

import type { TraceBranch, TraceHook, TraceStep } from './verdict.ts'

export abstract class RuleStep implements TraceStep {
  hook: TraceHook | undefined = undefined
  place: string | undefined = undefined
  abstract readonly at: string
  abstract readonly what: string
  abstract readonly branch: TraceBranch | undefined
}
