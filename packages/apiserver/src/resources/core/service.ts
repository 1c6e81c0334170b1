// Services: strategy, table and registration. Defaults, families, allocation, update rules and validation are files of
// their own here. Source: kubernetes registry/core/service, printers printService.

import { compareText } from '@podwire/engine'
import type { Service } from '../../objects/index.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import { defineResource } from '../define-resource.ts'
import type { Mutable } from '../resource.ts'
import { services } from '../served-types.ts'
import { labelsText, NONE } from '../tables/cells.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import { allocateForService, releaseForService } from './service-allocation.ts'
import { defaultIngressModes, defaultService } from './service-defaults.ts'
import { showService } from './service-shown.ts'
import { prepareServiceUpdate } from './service-update.ts'
import { validateServiceStatus } from './service-load-balancer.ts'
import { validateService, validateServiceUpdate } from './service-validation.ts'
import { warnAboutService } from './service-warnings.ts'

function prepareForCreate(service: Mutable<Service>): void {
  service.status = { loadBalancer: {} }
}

/** /status leaves the spec alone; the rest of the request counts, metadata too. */
function prepareForStatusUpdate(service: Mutable<Service>, old: Service): void {
  // In-process writers of a status send no spec, so nothing was defaulted yet.
  const isWhole = (service as { readonly spec?: unknown }).spec !== undefined
  service.spec = old.spec as Mutable<Service>['spec']
  service.status ??= {}
  service.status.loadBalancer ??= {}
  if (!isWhole) defaultIngressModes(service)
}

function externalText({ spec, status }: Service): string {
  const external = spec.externalIPs ?? []
  if (spec.type === undefined) return '<unknown>'
  if (spec.type === 'ExternalName') return spec.externalName ?? ''
  if (spec.type !== 'LoadBalancer') return external.length === 0 ? NONE : external.join(',')
  const addresses = (status?.loadBalancer?.ingress ?? []).map(({ ip = '', hostname = '' }) => ip || hostname)
  const sorted = [...new Set(addresses.filter((address) => address !== ''))].sort(compareText)
  const all = [...sorted, ...external]
  return all.length === 0 ? '<pending>' : all.join(',')
}

function portsText({ spec }: Service): string {
  const ports = (spec.ports ?? []).map(({ port, nodePort = 0, protocol = '' }) =>
    nodePort === 0 ? `${port}/${protocol}` : `${port}:${nodePort}/${protocol}`,
  )
  return ports.length === 0 ? NONE : ports.join(',')
}

export const service = defineResource<Service>({
  type: services,
  singular: 'service',
  shortNames: ['svc'],
  categories: ['all'],
  schema: 'io.k8s.api.core.v1.Service',
  nameRule: 'dns-label',
  status: true,
  createOnUpdate: true,
  returnsDeletedObject: true,
  selectableFields: {
    'spec.clusterIP': ({ spec }) => spec.clusterIP ?? '',
    'spec.type': ({ spec }) => spec.type ?? '',
  },
  columns: [
    nameColumn(),
    column('Type', { description: columnDescriptions['ServiceSpec.type'] }, ({ spec }) => spec.type ?? ''),
    column(
      'Cluster-IP',
      { description: columnDescriptions['ServiceSpec.clusterIP'] },
      ({ spec }) => spec.clusterIPs?.[0] ?? NONE,
    ),
    column('External-IP', { description: columnDescriptions['ServiceSpec.externalIPs'] }, externalText),
    column('Port(s)', { description: columnDescriptions['ServiceSpec.ports'] }, portsText),
    ageColumn(),
    column('Selector', { description: columnDescriptions['ServiceSpec.selector'], wide: true }, ({ spec }) =>
      labelsText(spec.selector),
    ),
  ],
  strategy: {
    defaults: defaultService,
    prepareForCreate,
    prepareForUpdate: prepareServiceUpdate,
    prepareForStatusUpdate,
    allocate: allocateForService,
    release: releaseForService,
    shown: showService,
    validate: (service, _context, old) => validateService(service, old),
    validateUpdate: validateServiceUpdate,
    validateStatusUpdate: validateServiceStatus,
    warn: warnAboutService,
    updateChecks: ['meta-update', 'changes', 'whole'],
  },
})
