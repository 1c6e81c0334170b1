// The Ingress controllers a cluster can be deployed with, by the names of their IngressClasses.

import type { Manifest } from '@podwire/apiserver'
import { PodwireError } from '@podwire/engine'
import { haproxyIngressManifests } from './haproxy-ingress.ts'
import { INGRESS_CONTROLLERS, type IngressControllerName } from './ingress-controller-names.ts'
import { ingressNginxManifests } from './ingress-nginx.ts'
import { traefikManifests } from './traefik.ts'

const MANIFESTS: Readonly<Record<IngressControllerName, (dualStack: boolean) => readonly Manifest[]>> = {
  nginx: ingressNginxManifests,
  traefik: traefikManifests,
  haproxy: haproxyIngressManifests,
}

/** @param wanted true is nginx alone, false none. @throws PodwireError for names that are none */
export function ingressControllerManifests(
  wanted: boolean | readonly string[] = true,
  dualStack: boolean,
): readonly Manifest[] {
  const names = wanted === true ? ['nginx'] : wanted === false ? [] : wanted
  return [...new Set(names)].flatMap((name) => {
    const known = INGRESS_CONTROLLERS.find((controller) => controller === name)
    if (known !== undefined) return MANIFESTS[known](dualStack)
    throw new PodwireError(
      'deploy an Ingress controller',
      `${JSON.stringify(name)} is none of podwire's`,
      `There are ${INGRESS_CONTROLLERS.join(', ')}; others run as pods of your own manifests.`,
    )
  })
}
