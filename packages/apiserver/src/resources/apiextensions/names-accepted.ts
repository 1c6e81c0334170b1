// Which of a definition's names are its own: each is accepted unless another definition of the group has it, and what was
// accepted once is kept until it is asked for no longer.
// Source: apiextensions-apiserver pkg/controller/status/naming_controller.go.

import type { CustomResourceDefinition, CustomResourceDefinitionNames } from '../../objects/index.ts'
import { quote } from '../../validation/field-errors.ts'
import { sameValue } from '../compare.ts'
import { findCondition, type ConditionClaim } from './conditions.ts'

export interface AcceptedNames {
  readonly names: CustomResourceDefinitionNames
  readonly accepted: ConditionClaim
  /** undefined: it stays what it is. */
  readonly established: ConditionClaim | undefined
}

type Conflict = Pick<ConditionClaim, 'reason' | 'message'>

/** @param group all definitions of the group, this one included */
export function acceptNames(
  definition: CustomResourceDefinition,
  group: readonly CustomResourceDefinition[],
): AcceptedNames {
  const wanted = definition.spec.names
  const own = definition.status?.acceptedNames ?? { plural: '', kind: '' }
  const taken = group.map(({ status }) => status?.acceptedNames)
  const resources = new Set(taken.flatMap((names) => [names?.plural, names?.singular, ...(names?.shortNames ?? [])]))
  const kinds = new Set(taken.flatMap((names) => [names?.kind, names?.listKind]))
  const conflicts: Conflict[] = []
  const claim = (field: 'kind' | 'listKind' | 'plural' | 'singular', others: ReadonlySet<unknown>): string => {
    const name = wanted[field] ?? ''
    const had = own[field] ?? ''
    if (name === had || !others.has(name)) return name
    conflicts.push({ reason: `${field.charAt(0).toUpperCase()}${field.slice(1)}Conflict`, message: inUse(name) })
    return had
  }
  const [plural, singular] = [claim('plural', resources), claim('singular', resources)]
  const shortNames = claimShortNames(wanted.shortNames ?? [], own.shortNames ?? [], { resources, conflicts })
  const [kind, listKind] = [claim('kind', kinds), claim('listKind', kinds)]
  const { categories = [] } = wanted
  // Of several conflicts the last one is told.
  const conflict = conflicts.at(-1)
  const accepted: ConditionClaim =
    conflict === undefined
      ? { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' }
      : { type: 'NamesAccepted', status: 'False', ...conflict }
  return {
    names: {
      plural,
      ...(singular === '' ? {} : { singular }),
      ...(shortNames.length === 0 ? {} : { shortNames }),
      kind,
      ...(listKind === '' ? {} : { listKind }),
      ...(categories.length === 0 ? {} : { categories }),
    },
    accepted,
    established: establishedClaim(definition, conflict === undefined),
  }
}

function inUse(name: string): string {
  return `${quote(name)} is already in use`
}

/** All or none: one that is taken leaves the old ones in place. */
function claimShortNames(
  wanted: readonly string[],
  own: readonly string[],
  { resources, conflicts }: { readonly resources: ReadonlySet<unknown>; readonly conflicts: Conflict[] },
): readonly string[] {
  const taken = wanted.filter((name) => !own.includes(name) && resources.has(name))
  const messages = [...new Set(taken.map(inUse))]
  if (messages.length === 0) return wanted
  const message = messages.length === 1 ? (messages[0] ?? '') : `[${messages.join(', ')}]`
  conflicts.push({ reason: 'ShortNamesConflict', message })
  return own
}

/** Only what Established may become on the way: the establishing step says True. */
function establishedClaim(definition: CustomResourceDefinition, accepted: boolean): ConditionClaim | undefined {
  const old = findCondition(definition, 'Established')
  const type = 'Established'
  if (old?.status === 'True') return undefined
  if (accepted) {
    return { type, status: 'False', reason: 'Installing', message: 'the initial names have been accepted' }
  }
  return old === undefined
    ? { type, status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' }
    : undefined
}

/** Nothing to decide: the definition has the names it asks for. */
export function hasItsNames({ spec, status }: CustomResourceDefinition): boolean {
  return sameValue(spec.names, status?.acceptedNames)
}

export const ESTABLISHED: ConditionClaim = {
  type: 'Established',
  status: 'True',
  reason: 'InitialNamesAccepted',
  message: 'the initial names have been accepted',
}
