// PodTemplates: stored, used by nobody. Source: kubernetes core/validation ValidatePodTemplate, printers printPodTemplate.

import type { PodTemplate } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { isNewGeneration, sameValue } from '../compare.ts'
import { defineResource } from '../define-resource.ts'
import { dropDisabledFields } from '../pods/disabled-fields.ts'
import { defaultPodTemplate } from '../pods/pod-spec-defaults.ts'
import { validatePodTemplate } from '../pods/pod-spec-validation.ts'
import { warnAboutPodSpec } from '../pods/pod-warnings.ts'
import { podTemplates } from '../served-types.ts'
import { labelsText } from '../tables/cells.ts'
import { column, nameColumn } from '../tables/columns.ts'
import { FIELDS_FIRST } from '../update-checks.ts'

export const podTemplate = defineResource<PodTemplate>({
  type: podTemplates,
  singular: 'podtemplate',
  schema: 'io.k8s.api.core.v1.PodTemplate',
  returnsDeletedObject: true,
  columns: [
    nameColumn(),
    column('Containers', { description: 'Names of each container in the template.' }, ({ template }) =>
      (template?.spec?.containers ?? []).map(({ name }) => name).join(','),
    ),
    column('Images', { description: 'Images referenced by each container in the template.' }, ({ template }) =>
      (template?.spec?.containers ?? []).map(({ image }) => image).join(','),
    ),
    column('Pod Labels', { description: 'The labels for the pod template.' }, ({ template }) =>
      labelsText(template?.metadata?.labels),
    ),
  ],
  strategy: {
    dropDisabled: ({ template }) => dropDisabledFields(template?.spec),
    defaults: (object) => {
      object.template ??= {}
      defaultPodTemplate(object.template)
    },
    validate: ({ template }) => {
      const errors: FieldError[] = []
      if (template !== undefined) validatePodTemplate(template, 'template', errors)
      return errors
    },
    warn: (object, context, old) => {
      const { template } = object
      if (template?.spec === undefined || !isNewGeneration(object, old)) return
      warnAboutPodSpec(template.spec, 'template.spec', context.warn, template.metadata)
    },
    bumpsGeneration: (object, old) => !sameValue(object.template, old.template),
    updateChecks: FIELDS_FIRST,
  },
})
