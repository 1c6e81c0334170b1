// What a step may do to a definition: write its status, and ask for another look.

import type { CustomResourceDefinition } from '../objects/index.ts'
import type { ConditionClaim } from '../resources/apiextensions/conditions.ts'

export interface DefinitionChange {
  readonly metadata?: CustomResourceDefinition['metadata']
  readonly acceptedNames?: CustomResourceDefinition['spec']['names']
}

export interface DefinitionWriter {
  write(name: string, claims: readonly ConditionClaim[], change?: DefinitionChange): void
  lookAt(name: string): void
}
