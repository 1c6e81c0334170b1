// Nodes. Source: kubernetes registry/core/node, core/validation ValidateNode, printers printNode.

import { compareText } from '@podwire/engine'
import type { Node } from '../../objects/index.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import { warnAboutCidr } from '../../validation/address-checks.ts'
import { defineResource } from '../define-resource.ts'
import type { Mutable, StrategyContext } from '../resource.ts'
import { nodes } from '../served-types.ts'
import { NONE } from '../tables/cells.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import { roundList } from '../pods/container-defaults.ts'
import { validateNode, validateNodeUpdate } from './node-validation.ts'
import { WHOLE_THEN_UPDATE } from '../update-checks.ts'

const NO_INFO = {
  machineID: '',
  systemUUID: '',
  bootID: '',
  kernelVersion: '',
  osImage: '',
  containerRuntimeVersion: '',
  kubeletVersion: '',
  kubeProxyVersion: '',
  operatingSystem: '',
  architecture: '',
}

const ROLE_PREFIX = 'node-role.kubernetes.io/'

function defaults(node: Mutable<Node>): void {
  node.spec ??= {}
  const { spec } = node
  // Two spellings of the pod network, kept in step.
  const { podCIDR = '', podCIDRs = [] } = spec
  // The older one counts.
  if (podCIDR !== '' && podCIDR !== podCIDRs[0]) spec.podCIDRs = [podCIDR]
  else if (podCIDR === '' && podCIDRs[0] !== undefined) spec.podCIDR = podCIDRs[0]
  const { status } = node
  if (status?.capacity !== undefined) roundList(status.capacity)
  if (status?.allocatable !== undefined) roundList(status.allocatable)
  // What there is can be given, unless the node says otherwise.
  else if (status?.capacity !== undefined) status.allocatable = { ...status.capacity }
}

/** What Go holds by value, and so writes, whether somebody has said it or not. */
function prepareForCreate(node: Mutable<Node>): void {
  const { daemonEndpoints, nodeInfo } = node.status ?? {}
  node.status = {
    ...node.status,
    daemonEndpoints: { kubeletEndpoint: { Port: 0, ...daemonEndpoints?.kubeletEndpoint } },
    nodeInfo: { ...NO_INFO, ...nodeInfo },
  }
  delete node.spec.configSource
  delete node.status.config
}

/** Nobody configures nodes any more: only what was there may stay. */
function prepareForStatusUpdate(node: Mutable<Node>, old: Node): void {
  node.spec = old.spec as Mutable<Node>['spec']
  if (old.status?.config === undefined) delete node.status?.config
  // Held by value in Go, so it is there once its holder is.
  const { kubeletEndpoint } = node.status?.daemonEndpoints ?? {}
  if (node.status !== undefined) node.status.daemonEndpoints = { kubeletEndpoint: { Port: 0, ...kubeletEndpoint } }
}

function warn({ spec }: Node, { warn: say }: StrategyContext): void {
  if (spec.configSource !== undefined) say('spec.configSource: the feature is removed')
  if ((spec.externalID ?? '') !== '') {
    say('spec.externalID: this field is deprecated, and is unused by Kubernetes')
  }
  for (const [index, cidr] of (spec.podCIDRs ?? []).entries()) warnAboutCidr(cidr, `spec.podCIDRs[${index}]`, say)
}

function statusText({ status, spec }: Node): string {
  const ready = status?.conditions?.find((condition) => condition.type === 'Ready')
  const text = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'
  return spec?.unschedulable === true ? `${text},SchedulingDisabled` : text
}

function rolesText({ metadata }: Node): string {
  const roles = new Set<string>()
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX) && key.length > ROLE_PREFIX.length) roles.add(key.slice(ROLE_PREFIX.length))
    else if (key === 'kubernetes.io/role' && value !== '') roles.add(value)
  }
  return roles.size === 0 ? NONE : [...roles].sort(compareText).join(',')
}

function addressText({ status }: Node, type: string): string {
  return status?.addresses?.find((address) => address.type === type)?.address ?? NONE
}

const info = (text: string | undefined): string => text || '<unknown>'
const addresses = columnDescriptions['NodeStatus.addresses']

export const node = defineResource<Node>({
  type: nodes,
  singular: 'node',
  shortNames: ['no'],
  schema: 'io.k8s.api.core.v1.Node',
  status: true,
  selectableFields: { 'spec.unschedulable': (object) => String(object.spec?.unschedulable === true) },
  columns: [
    nameColumn(),
    column('Status', { description: 'The status of the node' }, statusText),
    column('Roles', { description: 'The roles of the node' }, rolesText),
    ageColumn(),
    column(
      'Version',
      { description: columnDescriptions['NodeSystemInfo.kubeletVersion'] },
      ({ status }) => status?.nodeInfo?.kubeletVersion ?? '',
    ),
    column('Internal-IP', { description: addresses, wide: true }, (object) => addressText(object, 'InternalIP')),
    column('External-IP', { description: addresses, wide: true }, (object) => addressText(object, 'ExternalIP')),
    column('OS-Image', { description: columnDescriptions['NodeSystemInfo.osImage'], wide: true }, ({ status }) =>
      info(status?.nodeInfo?.osImage),
    ),
    column(
      'Kernel-Version',
      { description: columnDescriptions['NodeSystemInfo.kernelVersion'], wide: true },
      ({ status }) => kernelText(status),
    ),
    column(
      'Container-Runtime',
      { description: columnDescriptions['NodeSystemInfo.containerRuntimeVersion'], wide: true },
      ({ status }) => info(status?.nodeInfo?.containerRuntimeVersion),
    ),
  ],
  strategy: {
    defaults,
    keepsStatusOnCreate: true,
    prepareForCreate,
    prepareForUpdate: (object, old) => {
      if (old.spec.configSource === undefined) delete object.spec.configSource
    },
    validate: validateNode,
    prepareForStatusUpdate,
    validateUpdate: validateNodeUpdate,
    validateStatusUpdate: validateNodeUpdate,
    warn,
    updateChecks: WHOLE_THEN_UPDATE,
  },
})

/** 1.36 adds the architecture: `6.1 (amd64)`. */
function kernelText(status: Node['status']): string {
  const { kernelVersion = '', architecture = '' } = status?.nodeInfo ?? {}
  if (kernelVersion === '') return '<unknown>'
  return architecture === '' ? kernelVersion : `${kernelVersion} (${architecture})`
}
