// Selectors of access reviews that could not be read: they are left out of the question, and the answer says so.
// Source: kubernetes registry/authorization/util (ResourceAttributesFrom, BuildEvaluationError).

import { parseFieldRequirements } from '../selectors/field-selector.ts'
import { parseLabelSelector } from '../selectors/label-selector.ts'
import type { Requirement, ResourceAttributes, SelectorAttributes } from './review-validation.ts'

const LABEL_OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist']

/** Fields are compared with one value, or not at all. */
function isFieldKnown({ operator = '', values = [] }: Requirement): boolean {
  return (operator === 'In' || operator === 'NotIn') && values.length === 1
}

function isLabelKnown({ operator = '' }: Requirement): boolean {
  return LABEL_OPERATORS.includes(operator)
}

function isReadable(parse: () => unknown): boolean {
  try {
    parse()
    return true
  } catch {
    return false
  }
}

/** How much of a selector is left out. */
function left(
  { rawSelector = '', requirements = [] }: SelectorAttributes,
  parse: (text: string) => unknown,
  isKnown: (requirement: Requirement) => boolean,
): string | undefined {
  if (requirements.length === 0) return isReadable(() => parse(rawSelector)) ? undefined : 'ignored'
  const known = requirements.filter(isKnown).length
  if (known === requirements.length) return undefined
  return known === 0 ? 'ignored' : 'partially ignored'
}

/** What `status.evaluationError` says; undefined when all could be read. */
export function evaluationError({ fieldSelector, labelSelector }: ResourceAttributes): string | undefined {
  const found = {
    fieldSelector: fieldSelector && left(fieldSelector, parseFieldRequirements, isFieldKnown),
    labelSelector: labelSelector && left(labelSelector, parseLabelSelector, isLabelKnown),
  }
  const texts = Object.entries(found).flatMap(([name, what]) =>
    what === undefined ? [] : [`spec.resourceAttributes.${name} ${what} due to parse error`],
  )
  return texts.length === 0 ? undefined : texts.join('; ')
}
