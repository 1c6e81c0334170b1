// Nodes. Source: kubernetes registry/core/node, core/validation ValidateNode, printers printNode.

import type { Node } from '../../objects/index.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import { CIDR_TEXT, parseCidr } from '../../validation/addresses.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { duplicate, forbiddenField, invalid, notSupported, required } from '../../validation/field-errors.ts'
import { validateLabelKey } from '../../validation/labels.ts'
import { labelValue } from '../../validation/names.ts'
import { sameValue } from '../compare.ts'
import { defineResource } from '../define-resource.ts'
import type { Mutable } from '../resource.ts'
import { nodes } from '../served-types.ts'
import { NONE } from '../tables/cells.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'

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

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']
const ROLE_PREFIX = 'node-role.kubernetes.io/'

function defaults(node: Mutable<Node>): void {
  node.spec ??= {}
  const { spec } = node
  // Two spellings of the pod network, kept in step.
  if (spec.podCIDR !== undefined && spec.podCIDRs === undefined) spec.podCIDRs = [spec.podCIDR]
  else if (spec.podCIDR === undefined && spec.podCIDRs?.[0] !== undefined) spec.podCIDR = spec.podCIDRs[0]
}

/** What Go holds by value, and so writes, whether somebody has said it or not. */
function prepareForCreate(node: Mutable<Node>): void {
  const { daemonEndpoints, nodeInfo } = node.status ?? {}
  node.status = {
    ...node.status,
    daemonEndpoints: { kubeletEndpoint: { Port: 0, ...daemonEndpoints?.kubeletEndpoint } },
    nodeInfo: { ...NO_INFO, ...nodeInfo },
  }
}

function validate({ spec }: Node): readonly FieldError[] {
  const errors: FieldError[] = []
  const taken = new Set<string>()
  for (const [index, { key, value = '', effect }] of (spec.taints ?? []).entries()) {
    const path = `spec.taints[${index}]`
    validateLabelKey(key, `${path}.key`, errors)
    for (const problem of labelValue(value)) errors.push(invalid(`${path}.value`, value, problem))
    if (effect === '') errors.push(required(`${path}.effect`))
    else if (!EFFECTS.includes(effect)) errors.push(notSupported(`${path}.effect`, effect, EFFECTS))
    if (taken.has(`${key}:${effect}`)) errors.push(duplicate(path, { key, effect }))
    taken.add(`${key}:${effect}`)
  }
  for (const [index, cidr] of (spec.podCIDRs ?? []).entries()) {
    if (parseCidr(cidr) === undefined) errors.push(invalid(`spec.podCIDRs[${index}]`, cidr, CIDR_TEXT))
  }
  return errors
}

function validateUpdate({ spec }: Node, { spec: old }: Node): readonly FieldError[] {
  const errors: FieldError[] = []
  const text = 'node updates may not change podCIDR except from "" to valid'
  if ((old.podCIDRs ?? []).length > 0 && !sameValue(spec.podCIDRs, old.podCIDRs))
    errors.push(forbiddenField('spec.podCIDRs', text))
  if ((old.providerID ?? '') !== '' && spec.providerID !== old.providerID) {
    errors.push(forbiddenField('spec.providerID', 'node updates may not change providerID except from "" to valid'))
  }
  return errors
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
  return roles.size === 0 ? NONE : [...roles].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)).join(',')
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
  strategy: { defaults, keepsStatusOnCreate: true, prepareForCreate, validate, validateUpdate },
})

/** 1.36 adds the architecture: `6.1 (amd64)`. */
function kernelText(status: Node['status']): string {
  const { kernelVersion = '', architecture = '' } = status?.nodeInfo ?? {}
  if (kernelVersion === '') return '<unknown>'
  return architecture === '' ? kernelVersion : `${kernelVersion} (${architecture})`
}
