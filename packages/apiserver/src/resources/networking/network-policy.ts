// NetworkPolicies: stored and checked; podwire's fabric does not enforce them. Source: kubernetes networking/v1/defaults.go,
// networking/validation ValidateNetworkPolicySpec, printers printNetworkPolicy.

import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../../objects/index.ts'
import { holdsSentEmpty } from '../../decode/sent-empty.ts'
import { formatLabelSelector } from '../../selectors/label-selector-object.ts'
import { checkCidr, warnAboutCidr } from '../../validation/address-checks.ts'
import { type Cidr, networkAddress, parseCidr } from '../../validation/addresses.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, invalid, notSupported, required } from '../../validation/field-errors.ts'
import { validateLabelSelector } from '../../validation/labels.ts'
import { portName, portNumber } from '../../validation/names.ts'
import { sameValue } from '../compare.ts'
import { defineResource } from '../define-resource.ts'
import type { Mutable, StrategyContext } from '../resource.ts'
import { networkPolicies } from '../served-types.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import { FIELDS_FIRST } from '../update-checks.ts'

const POD_SELECTOR_DESCRIPTION =
  'podSelector selects the pods to which this NetworkPolicy object applies. The array of rules is applied to any pods ' +
  "selected by this field. An empty selector matches all pods in the policy's namespace. Multiple network policies can " +
  'select the same set of pods. In this case, the ingress rules for each are combined additively. This field is optional. ' +
  'If it is not specified, it defaults to an empty selector.'
const PROTOCOLS = ['TCP', 'UDP', 'SCTP']
const POLICY_TYPES = ['Ingress', 'Egress']

function defaults(policy: Mutable<NetworkPolicy>): void {
  policy.spec ??= {}
  const { spec } = policy
  spec.podSelector ??= {}
  for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
    for (const port of rule.ports ?? []) port.protocol ??= 'TCP'
  }
  if ((spec.policyTypes ?? []).length > 0) return
  spec.policyTypes = (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress']
}

function validate({ spec }: NetworkPolicy, _context: StrategyContext, old?: NetworkPolicy): readonly FieldError[] {
  const errors: FieldError[] = []
  const known = old === undefined ? [] : blocksOf(old).flatMap(({ block }) => [block.cidr, ...(block.except ?? [])])
  if (spec.podSelector !== undefined) validateLabelSelector(spec.podSelector, 'spec.podSelector', errors)
  for (const [index, { ports = [], from = [] }] of (spec.ingress ?? []).entries()) {
    validateRule(ports, from, `spec.ingress[${index}]`, 'from', { known, errors })
  }
  for (const [index, { ports = [], to = [] }] of (spec.egress ?? []).entries()) {
    validateRule(ports, to, `spec.egress[${index}]`, 'to', { known, errors })
  }
  const { policyTypes = [] } = spec
  if (policyTypes.length > POLICY_TYPES.length) {
    errors.push(invalid('spec.policyTypes', policyTypes, 'may not specify more than two policyTypes'))
    return errors
  }
  for (const [index, type] of policyTypes.entries()) {
    if (!POLICY_TYPES.includes(type)) errors.push(notSupported(`spec.policyTypes[${index}]`, type, POLICY_TYPES))
  }
  return errors
}

function validateRule(
  ports: readonly NetworkPolicyPort[],
  peers: readonly NetworkPolicyPeer[],
  path: string,
  direction: 'from' | 'to',
  found: Found,
): void {
  for (const [index, port] of ports.entries()) validatePort(port, `${path}.ports[${index}]`, found.errors)
  for (const [index, peer] of peers.entries()) validatePeer(peer, `${path}.${direction}[${index}]`, found)
}

/** What is wrong so far, and the networks the policy named before, which are let be. */
interface Found {
  readonly known: readonly string[]
  readonly errors: FieldError[]
}

function validatePort({ protocol, port, endPort }: NetworkPolicyPort, path: string, errors: FieldError[]): void {
  if (protocol !== undefined && !PROTOCOLS.includes(protocol)) {
    errors.push(notSupported(`${path}.protocol`, protocol, PROTOCOLS))
  }
  if (port === undefined) {
    if (endPort === undefined) return
    errors.push(invalid(`${path}.endPort`, endPort, 'may not be specified when `port` is not specified'))
    return
  }
  if (typeof port === 'string') {
    if (endPort !== undefined) {
      errors.push(invalid(`${path}.endPort`, endPort, 'may not be specified when `port` is non-numeric'))
    }
    for (const problem of portName(port)) errors.push(invalid(`${path}.port`, port, problem))
    return
  }
  for (const problem of portNumber(port)) errors.push(invalid(`${path}.port`, port, problem))
  if (endPort === undefined) return
  // The first number is what the server prints here.
  if (endPort < port) errors.push(invalid(`${path}.endPort`, port, 'must be greater than or equal to `port`'))
  for (const problem of portNumber(endPort)) errors.push(invalid(`${path}.endPort`, endPort, problem))
}

function validatePeer(peer: NetworkPolicyPeer, path: string, { known, errors }: Found): void {
  const { podSelector, namespaceSelector, ipBlock } = peer
  if (podSelector !== undefined) validateLabelSelector(podSelector, `${path}.podSelector`, errors)
  if (namespaceSelector !== undefined) validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`, errors)
  if (ipBlock !== undefined) validateBlock(ipBlock, `${path}.ipBlock`, { known, errors })
  const selects = podSelector !== undefined || namespaceSelector !== undefined
  if (!selects && ipBlock === undefined) errors.push(required(path, 'must specify a peer'))
  else if (selects && ipBlock !== undefined) {
    errors.push(forbiddenField(path, 'may not specify both ipBlock and another peer'))
  }
}

function validateBlock({ cidr, except = [] }: IPBlock, path: string, { known, errors }: Found): void {
  if (cidr === '') {
    errors.push(required(`${path}.cidr`))
    return
  }
  errors.push(...checkCidr(cidr, `${path}.cidr`, known))
  const outer = parseCidr(cidr)
  if (outer === undefined) return
  for (const [index, text] of except.entries()) {
    const at = `${path}.except[${index}]`
    errors.push(...checkCidr(text, at, known))
    const inner = parseCidr(text)
    if (inner !== undefined && !isWithin(inner, outer)) {
      errors.push(invalid(at, text, 'must be a strict subset of `cidr`'))
    }
  }
}

function isWithin(inner: Cidr, outer: Cidr): boolean {
  return (
    inner.address.family === outer.address.family &&
    inner.prefix > outer.prefix &&
    sameValue(networkAddress({ ...inner, prefix: outer.prefix }).bytes, networkAddress(outer).bytes)
  )
}

/** Its address blocks and where they are. */
function blocksOf({ spec }: NetworkPolicy): readonly { readonly path: string; readonly block: IPBlock }[] {
  const found = (peers: readonly NetworkPolicyPeer[] | undefined, path: string): { path: string; block: IPBlock }[] =>
    (peers ?? []).flatMap(({ ipBlock }, index) =>
      ipBlock === undefined ? [] : [{ path: `${path}[${index}].ipBlock`, block: ipBlock }],
    )
  return [
    ...(spec.ingress ?? []).flatMap(({ from }, index) => found(from, `spec.ingress[${index}].from`)),
    ...(spec.egress ?? []).flatMap(({ to }, index) => found(to, `spec.egress[${index}].to`)),
  ]
}

function warn(policy: NetworkPolicy, context: StrategyContext): void {
  for (const { path, block } of blocksOf(policy)) {
    warnAboutCidr(block.cidr, `${path}.cidr`, context.warn)
    for (const [index, cidr] of (block.except ?? []).entries()) {
      warnAboutCidr(cidr, `${path}.except[${index}]`, context.warn)
    }
  }
}

export const networkPolicy = defineResource<NetworkPolicy>({
  type: networkPolicies,
  singular: 'networkpolicy',
  shortNames: ['netpol'],
  schema: 'io.k8s.api.networking.v1.NetworkPolicy',
  columns: [
    nameColumn(),
    column('Pod-Selector', { description: POD_SELECTOR_DESCRIPTION }, ({ spec }) =>
      formatLabelSelector(spec.podSelector),
    ),
    ageColumn(),
  ],
  strategy: {
    defaults,
    validate,
    warn,
    // Compared with reflect.DeepEqual: an empty list is not an absent one, and nothing that is stored is empty.
    bumpsGeneration: ({ spec }, { spec: old }) => !sameValue(spec, old) || holdsSentEmpty(spec),
    updateChecks: FIELDS_FIRST,
  },
})
