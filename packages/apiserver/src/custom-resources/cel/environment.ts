// The CEL environment of rules: the language with optional values, and Kubernetes' libraries of functions. Source: apiserver
// pkg/cel/environment/base.go. Departure: costs are not counted, so no rule runs out of budget.

import type { Environment } from '@marcbachmann/cel-js'
import { addHas } from './library/has.ts'
import { addListFunctions } from './library/lists.ts'
import { addAddressFunctions } from './library/addresses.ts'
import { addFormatFunctions } from './library/formats.ts'
import { addQuantityFunctions } from './library/quantities.ts'
import { addStringFunctions } from './library/strings.ts'
import { addUrlFunctions } from './library/urls.ts'
import { loadCel } from './load-cel.ts'

let base: Environment | undefined

function baseEnvironment(): Environment {
  if (base !== undefined) return base
  const { Environment } = loadCel()
  const made = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false })
  addHas(made)
  addStringFunctions(made)
  addListFunctions(made)
  addUrlFunctions(made)
  addQuantityFunctions(made)
  addAddressFunctions(made)
  addFormatFunctions(made)
  // An optional value is no null, whether it has something in it or not.
  made.registerOperator('optional<dyn> == null', () => false)
  base = made
  return made
}

/** Rules run here: values carry their own types. */
const running = new Map<'dyn' | 'optional<dyn>', Environment>()

/** @param optional oldSelf is always there, and may be empty */
export function runningEnvironment(optional: boolean): Environment {
  const type = optional ? 'optional<dyn>' : 'dyn'
  const known = running.get(type)
  if (known !== undefined) return known
  const made = baseEnvironment().clone().registerVariable('self', 'dyn').registerVariable('oldSelf', type)
  running.set(type, made)
  return made
}

/** Rules are checked here, against the types of their schema. */
export function checkingEnvironment(): Environment {
  return baseEnvironment().clone()
}
