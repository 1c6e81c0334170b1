// default-backend: a Service of the same namespace that answers while the rule's own has no endpoints.

import type { Annotation } from './annotation.ts'

export const defaultBackend: Annotation = {
  name: 'default-backend',
  read(text, rules, namespace) {
    if (!/^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(text)) return 'must be the name of a Service'
    rules.defaultBackend = { namespace, name: text }
    return undefined
  },
}
