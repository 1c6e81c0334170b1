// Which Ingresses are this controller's: by spec.ingressClassName naming an IngressClass of ours, else by the legacy annotation,
// else, without either, by a default IngressClass of ours. Source: ingress-nginx pkg store.go (GetIngressClass);
// ingressclass.kubernetes.io/is-default-class is applied by admission in a real cluster, here also to older objects.

import type { Ingress, IngressClass } from '@podwire/apiserver'

const LEGACY_CLASS_ANNOTATION = 'kubernetes.io/ingress.class'
const DEFAULT_CLASS_ANNOTATION = 'ingressclass.kubernetes.io/is-default-class'

export interface ClassRules {
  /** spec.controller of our classes: `k8s.io/ingress-nginx`. */
  readonly controllerName: string
  /** What the legacy annotation says for us: `nginx`. */
  readonly ingressClass: string
  /** Take Ingresses that name no class at all. Default false. */
  readonly watchWithoutClass?: boolean
}

/** The IngressClasses that exist, by name. */
export type IngressClasses = ReadonlyMap<string, IngressClass>

export function isSelected(ingress: Ingress, classes: IngressClasses, rules: ClassRules): boolean {
  const name = ingress.spec.ingressClassName
  if (name !== undefined) return classes.get(name)?.spec?.controller === rules.controllerName
  const legacy = ingress.metadata.annotations?.[LEGACY_CLASS_ANNOTATION]
  if (legacy !== undefined && legacy !== '') return legacy === rules.ingressClass
  if (rules.watchWithoutClass === true) return true
  for (const ingressClass of classes.values()) {
    if (ingressClass.metadata.annotations?.[DEFAULT_CLASS_ANNOTATION] !== 'true') continue
    if (ingressClass.spec?.controller === rules.controllerName) return true
  }
  return false
}
