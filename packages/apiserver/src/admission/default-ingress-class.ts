// DefaultIngressClass: a new Ingress without a class gets the default one, the newest when there are several.
// Source: kubernetes plugin/pkg/admission/network/defaultingressclass/admission.go.

import type { Ingress, IngressClass } from '../objects/index.ts'
import type { Mutable } from '../resources/resource.ts'
import { ingressClasses, ingresses } from '../resources/served-types.ts'
import type { AdmissionPlugin } from './plugin.ts'

const OLD_CLASS = 'kubernetes.io/ingress.class'
const IS_DEFAULT = 'ingressclass.kubernetes.io/is-default-class'

/** The newest first, then by name. */
function compare(a: IngressClass, b: IngressClass): number {
  const [first, second] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp]
  if (first !== second) return first > second ? -1 : 1
  return a.metadata.name < b.metadata.name ? -1 : 1
}

export const defaultIngressClass: AdmissionPlugin = {
  name: 'DefaultIngressClass',
  admit: ({ resource, old, object, server }) => {
    if (resource.type !== ingresses || old !== undefined) return
    const ingress = object as unknown as Mutable<Ingress>
    if (ingress.spec?.ingressClassName !== undefined) return
    if (ingress.metadata.annotations !== undefined && Object.hasOwn(ingress.metadata.annotations, OLD_CLASS)) return
    const defaults = server.store
      .list(ingressClasses)
      .filter(({ metadata }) => metadata.annotations?.[IS_DEFAULT] === 'true')
    const [chosen] = defaults.sort(compare)
    if (chosen === undefined) return
    ingress.spec ??= {}
    ingress.spec.ingressClassName = chosen.metadata.name
  },
}
