// Ingresses. Source: kubernetes registry/networking/ingress, printers printIngress; rules in ingress-validation.ts.

import { compareText } from '@podwire/engine'
import type { Ingress } from '../../objects/index.ts'
import { sameValue } from '../compare.ts'
import { defineResource } from '../define-resource.ts'
import type { Mutable, StrategyContext } from '../resource.ts'
import { ingresses } from '../served-types.ts'
import { NONE } from '../tables/cells.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import {
  CLASS_ANNOTATION,
  validateClassAnnotation,
  validateIngress,
  validateIngressStatus,
} from './ingress-validation.ts'

function defaults(ingress: Mutable<Ingress>): void {
  ingress.spec ??= {}
}

function warn({ metadata, spec }: Ingress, context: StrategyContext, old?: Ingress): void {
  const isAnnotated = metadata.annotations?.[CLASS_ANNOTATION] !== undefined
  if (old !== undefined || !isAnnotated || spec?.ingressClassName !== undefined) return
  context.warn(`annotation "${CLASS_ANNOTATION}" is deprecated, please use 'spec.ingressClassName' instead`)
}

function hostsText({ spec }: Ingress): string {
  const rules = spec?.rules ?? []
  const shown: string[] = []
  for (const { host = '' } of rules) {
    // Rules after the third host are counted with those before it that have none.
    if (shown.length === 3) return `${shown.join(',')} + ${rules.length - 3} more...`
    if (host !== '') shown.push(host)
  }
  return shown.length === 0 ? '*' : shown.join(',')
}

function addressText({ status }: Ingress): string {
  const addresses = (status?.loadBalancer?.ingress ?? []).map(({ ip = '', hostname = '' }) => ip || hostname)
  const unique = new Set(addresses.filter((address) => address !== ''))
  return [...unique].sort(compareText).join(',')
}

export const ingress = defineResource<Ingress>({
  type: ingresses,
  singular: 'ingress',
  shortNames: ['ing'],
  schema: 'io.k8s.api.networking.v1.Ingress',
  status: true,
  columns: [
    nameColumn(),
    column(
      'Class',
      { description: 'The name of the IngressClass resource that should be used for additional configuration' },
      ({ spec }) => spec?.ingressClassName ?? NONE,
    ),
    column(
      'Hosts',
      { description: 'Hosts that incoming requests are matched against before the ingress rule' },
      hostsText,
    ),
    column(
      'Address',
      { description: 'Address is a list containing ingress points for the load-balancer' },
      addressText,
    ),
    column('Ports', { description: 'Ports of TLS configurations that open' }, ({ spec }) =>
      (spec?.tls ?? []).length > 0 ? '80, 443' : '80',
    ),
    ageColumn(),
  ],
  strategy: {
    defaults,
    prepareForCreate: (object) => {
      object.status = { loadBalancer: {} }
    },
    warn,
    validate: validateIngress,
    validateCreate: validateClassAnnotation,
    validateStatusUpdate: validateIngressStatus,
    bumpsGeneration: ({ spec }, { spec: old }) => !sameValue(spec, old),
  },
})
