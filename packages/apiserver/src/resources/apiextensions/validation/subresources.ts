// The scale subresource of a definition: where its replicas and its selector are.
// Source: apiextensions-apiserver pkg/apis/apiextensions/validation (ValidateCustomResourceDefinitionSubresources).

import type { CustomResourceSubresources } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { invalid, required } from '../../../validation/field-errors.ts'
import { validateSimpleJsonPath } from './columns.ts'

export function validateSubresources(
  subresources: CustomResourceSubresources | undefined,
  path: string,
): readonly FieldError[] {
  const scale = subresources?.scale
  if (scale === undefined) return []
  const errors: FieldError[] = []
  const check = (field: string, text: string, under: readonly string[], where: string): void => {
    const at = `${path}.scale.${field}`
    const problems = validateSimpleJsonPath(text, at)
    if (problems.length > 0) errors.push(...problems)
    else if (!under.some((prefix) => text.startsWith(prefix))) {
      errors.push(invalid(at, text, `should be a json path under ${where}`))
    }
  }
  if (scale.specReplicasPath === '') errors.push(required(`${path}.scale.specReplicasPath`))
  else check('specReplicasPath', scale.specReplicasPath, ['.spec.'], '.spec')
  if (scale.statusReplicasPath === '') errors.push(required(`${path}.scale.statusReplicasPath`))
  else check('statusReplicasPath', scale.statusReplicasPath, ['.status.'], '.status')
  const { labelSelectorPath = '' } = scale
  if (labelSelectorPath !== '') {
    check('labelSelectorPath', labelSelectorPath, ['.spec.', '.status.'], 'either .spec or .status')
  }
  return errors
}
