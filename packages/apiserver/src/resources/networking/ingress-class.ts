// IngressClasses. Source: kubernetes networking/validation ValidateIngressClass, printers printIngressClass.

import type { IngressClass } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, invalid, notSupported, required, tooLong } from '../../validation/field-errors.ts'
import { validateDomainPrefixedPath } from '../../validation/domain-prefixed-path.ts'
import { byteLength, dnsLabel, dnsSubdomain, pathSegmentName } from '../../validation/names.ts'
import { sameValue } from '../compare.ts'
import { defineResource } from '../define-resource.ts'
import type { Mutable } from '../resource.ts'
import { ingressClasses } from '../served-types.ts'
import { NONE } from '../tables/cells.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import { CHANGES_FIRST } from '../update-checks.ts'

const MAX_CONTROLLER_BYTES = 250
const SCOPES = ['Cluster', 'Namespace']

function defaults(object: Mutable<IngressClass>): void {
  object.spec ??= {}
  if (object.spec.parameters !== undefined) object.spec.parameters.scope ??= 'Cluster'
}

function validate({ spec }: IngressClass): readonly FieldError[] {
  const errors: FieldError[] = []
  const { controller = '' } = spec
  if (byteLength(controller) > MAX_CONTROLLER_BYTES) errors.push(tooLong('spec.controller', MAX_CONTROLLER_BYTES))
  validateDomainPrefixedPath(controller, 'spec.controller', errors)
  validateParameters(spec.parameters, errors)
  return errors
}

function validateParameters(parameters: IngressClass['spec']['parameters'], errors: FieldError[]): void {
  if (parameters === undefined) return
  const path = 'spec.parameters'
  const { apiGroup, kind, name, scope, namespace } = parameters
  if (apiGroup !== undefined)
    for (const problem of dnsSubdomain(apiGroup)) errors.push(invalid(`${path}.apiGroup`, apiGroup, problem))
  validateSegment(kind, `${path}.kind`, errors)
  validateSegment(name, `${path}.name`, errors)
  if (scope === undefined) errors.push(required(`${path}.scope`))
  else if (!SCOPES.includes(scope)) errors.push(notSupported(`${path}.scope`, scope, SCOPES))
  else if (scope === 'Cluster' && namespace !== undefined) {
    errors.push(forbiddenField(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'"))
  } else if (scope === 'Namespace' && namespace === undefined) {
    errors.push(required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'"))
  } else if (namespace !== undefined) {
    for (const problem of dnsLabel(namespace)) errors.push(invalid(`${path}.namespace`, namespace, problem))
  }
}

function validateSegment(value: string | undefined, path: string, errors: FieldError[]): void {
  if (value === undefined || value === '') errors.push(required(path))
  else for (const problem of pathSegmentName(value)) errors.push(invalid(path, value, problem))
}

function parametersText({ spec }: IngressClass): string {
  const { parameters } = spec
  if (parameters === undefined) return NONE
  const group = parameters.apiGroup === undefined ? '' : `.${parameters.apiGroup}`
  return `${parameters.kind}${group}/${parameters.name}`
}

export const ingressClass = defineResource<IngressClass>({
  type: ingressClasses,
  singular: 'ingressclass',
  schema: 'io.k8s.api.networking.v1.IngressClass',
  columns: [
    nameColumn(),
    column(
      'Controller',
      { description: 'Controller that is responsible for handling this class' },
      ({ spec }) => spec.controller ?? '',
    ),
    column('Parameters', { description: 'A reference to a resource with additional parameters' }, parametersText),
    ageColumn(),
  ],
  strategy: {
    defaults,
    validate,
    validateUpdate: ({ spec }, { spec: old }) =>
      spec.controller === old.controller
        ? []
        : [invalid('spec.controller', spec.controller ?? '', 'field is immutable')],
    bumpsGeneration: ({ spec }, { spec: old }) => !sameValue(spec, old),
    updateChecks: CHANGES_FIRST,
  },
})
