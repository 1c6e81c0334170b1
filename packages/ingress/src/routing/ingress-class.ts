// Which Ingresses are an ingress-nginx's: by spec.ingressClassName naming an IngressClass of ours, else by the legacy annotation,
// else, without either, when it is told to take those too. A default IngressClass is admission's business: it writes the name into
// new Ingresses. Source: ingress-nginx internal/ingress/controller/store/store.go (GetIngressClass).

import type { Ingress, IngressClass } from '@podwire/apiserver'

const LEGACY_CLASS_ANNOTATION = 'kubernetes.io/ingress.class'

export interface ClassRules {
  /** spec.controller of our classes: `k8s.io/ingress-nginx`. */
  readonly controllerName: string
  /** What the legacy annotation says for us: `nginx`. */
  readonly ingressClass: string
  /** Take Ingresses that name no class at all. Default false. */
  readonly watchWithoutClass?: boolean
  /** The class called `ingressClass` is ours whoever its controller is. Default false. */
  readonly classByName?: boolean
}

/** The IngressClasses that exist, by name. */
export type IngressClasses = ReadonlyMap<string, IngressClass>

export function legacyClass({ metadata }: Ingress): string | undefined {
  return metadata.annotations?.[LEGACY_CLASS_ANNOTATION]
}

export function isSelected(ingress: Ingress, classes: IngressClasses, rules: ClassRules): boolean {
  const name = ingress.spec.ingressClassName
  if (name !== undefined) {
    const found = classes.get(name)
    if (found === undefined) return false
    if (rules.classByName === true && name === rules.ingressClass) return true
    return found.spec?.controller === rules.controllerName
  }
  const legacy = legacyClass(ingress)
  return legacy === undefined ? rules.watchWithoutClass === true : legacy === rules.ingressClass
}
