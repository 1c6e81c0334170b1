// DefaultIngressClass: a new Ingress without a class gets the default one, the newest when there are several; before 1.25 several
// were refused. Source: kubernetes plugin/pkg/admission/network/defaultingressclass/admission.go, kubernetes#110974.

import type { Ingress, IngressClass } from '../objects/index.ts'
import type { Mutable } from '../resources/resource.ts'
import { ingressClasses, ingresses } from '../resources/served-types.ts'
import { refusedByAdmission, type AdmissionPlugin } from './plugin.ts'

const OLD_CLASS = 'kubernetes.io/ingress.class'
const IS_DEFAULT = 'ingressclass.kubernetes.io/is-default-class'

const CHOOSES_SINCE = 25

/** The newest first, then by name. */
function compare(a: IngressClass, b: IngressClass): number {
  const [first, second] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp]
  if (first !== second) return first > second ? -1 : 1
  return a.metadata.name < b.metadata.name ? -1 : 1
}

export const defaultIngressClass: AdmissionPlugin = {
  name: 'DefaultIngressClass',
  admit: (write) => {
    const { resource, old, object, server } = write
    if (resource.type !== ingresses || old !== undefined) return
    const ingress = object as unknown as Mutable<Ingress>
    if (ingress.spec?.ingressClassName !== undefined) return
    if (ingress.metadata.annotations !== undefined && Object.hasOwn(ingress.metadata.annotations, OLD_CLASS)) return
    const defaults = server.store
      .list(ingressClasses)
      .filter(({ metadata }) => metadata.annotations?.[IS_DEFAULT] === 'true')
    if (defaults.length > 1 && server.kubernetesVersion.minor < CHOOSES_SINCE) {
      const why = `Internal error occurred: ${defaults.length} default IngressClasses were found, only 1 allowed`
      throw refusedByAdmission(write, why)
    }
    const [chosen] = defaults.sort(compare)
    if (chosen === undefined) return
    ingress.spec ??= {}
    ingress.spec.ingressClassName = chosen.metadata.name
  },
}
