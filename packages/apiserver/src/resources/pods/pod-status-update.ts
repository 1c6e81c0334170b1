// What a kubelet may write into a pod's status. Source: kubernetes core/validation (ValidatePodStatusUpdate), registry/core/pod
// strategy.go (podStatusStrategy).

import { goStructs } from '../../internal-structs/index.ts'
import type { ContainerStatus, Pod, PodCondition, PodSpec, PodStatus } from '../../objects/index.ts'
import { parseIp } from '../../validation/addresses.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, internalError, invalid, pushProblems } from '../../validation/field-errors.ts'
import { dnsSubdomain, qualifiedName, unixId } from '../../validation/names.ts'
import type { StrategyContext } from '../resource.ts'
import { checkIp, warnAboutIp } from '../../validation/address-checks.ts'
import {
  STATUS_LISTS,
  validateAllocated,
  validateClaimStatuses,
  validateExtendedClaim,
} from './pod-status-resources.ts'
import { validateAnnotationUpdates } from './validation/pod-annotations.ts'

export function validatePodStatusUpdate(pod: Pod, old: Pod, context: StrategyContext): readonly FieldError[] {
  const errors: FieldError[] = []
  const { status = {} } = pod
  const { status: before = {}, spec } = old
  validateAnnotationUpdates(pod, old, 'metadata.annotations', errors)
  if (status.conditions !== undefined) validateConditions(status.conditions, errors)
  validateNominatedNode(status, before, spec, errors)
  const { observedGeneration = 0 } = status
  if (observedGeneration < 0) {
    errors.push(invalid('status.observedGeneration', observedGeneration, 'must be a non-negative integer'))
  }
  if ((status.qosClass ?? '') !== (before.qosClass ?? '')) {
    errors.push(invalid('status.qosClass', status.qosClass ?? '', 'field is immutable'))
  }
  validateTransitions(status, before, spec, errors)
  validateClaimStatuses(status, spec, errors)
  if (status.extendedResourceClaimStatus !== undefined) {
    validateExtendedClaim(status.extendedResourceClaimStatus, spec, errors)
  }
  validatePodIps(status, before, errors)
  validateHostIps(status, before, errors)
  for (const list of STATUS_LISTS) validateUsers(status[list], spec, `status.${list}`, errors)
  for (const list of STATUS_LISTS) validateAllocated(status[list], list, spec, `status.${list}`, errors)
  if (errors.length === 0) warnAboutAddresses(status, context.warn)
  return errors
}

function warnAboutAddresses({ podIPs = [], hostIPs = [] }: PodStatus, warn: (text: string) => void): void {
  for (const [index, { ip }] of podIPs.entries()) warnAboutIp(ip, `status.podIPs[${index}].ip`, warn)
  for (const [index, { ip }] of hostIPs.entries()) warnAboutIp(ip, `status.hostIPs[${index}].ip`, warn)
}

const SYSTEM_CONDITIONS: ReadonlySet<string> = new Set(['PodScheduled', 'Ready', 'Initialized'])

function validateConditions(conditions: readonly PodCondition[], errors: FieldError[]): void {
  for (const [index, { type = '', observedGeneration = 0 }] of conditions.entries()) {
    const at = `status.conditions[${index}]`
    if (observedGeneration < 0) {
      errors.push(invalid(`${at}.observedGeneration`, observedGeneration, 'must be a non-negative integer'))
    }
    if (!SYSTEM_CONDITIONS.has(type)) pushProblems(qualifiedName(type), `${at}.Type`, type, errors)
  }
}

function validateNominatedNode(status: PodStatus, before: PodStatus, spec: PodSpec, errors: FieldError[]): void {
  const { nominatedNodeName: name = '' } = status
  if (name === '' || name === (before.nominatedNodeName ?? '')) return
  const path = 'status.nominatedNodeName'
  pushProblems(dnsSubdomain(name), path, name, errors)
  if ((spec.nodeName ?? '') === '') return
  errors.push(forbiddenField(path, 'may not be set on pods that are already bound to a node'))
}

const NO_RESTART = 'may not be transitioned to non-terminated state'

/** A container that ended for good does not come back. */
function validateTransitions(status: PodStatus, before: PodStatus, spec: PodSpec, errors: FieldError[]): void {
  const all = mayRestartAll(spec)
  for (const list of STATUS_LISTS) {
    if (all && list !== 'ephemeralContainerStatuses') continue
    for (const [index, { name, state }] of (before[list] ?? []).entries()) {
      if (state?.terminated === undefined) continue
      const now = status[list]?.find((candidate) => candidate.name === name)
      if (now === undefined || now.state?.terminated !== undefined) continue
      if (mayRestart(list, name, state.terminated.exitCode, spec)) continue
      errors.push(forbiddenField(`status.${list}[${index}].state`, NO_RESTART))
    }
  }
}

/** One container's end may start all of them again, whatever is said of each. */
function mayRestartAll({ containers, initContainers = [] }: PodSpec): boolean {
  return [...initContainers, ...containers].some(({ restartPolicyRules = [] }) =>
    restartPolicyRules.some(({ action }) => action === 'RestartAllContainers'),
  )
}

function mayRestart(list: (typeof STATUS_LISTS)[number], name: string, exitCode: number, spec: PodSpec): boolean {
  if (list === 'ephemeralContainerStatuses') return false
  const containers = list === 'containerStatuses' ? spec.containers : (spec.initContainers ?? [])
  const container = containers.find((candidate) => candidate.name === name)
  if (container === undefined) return false
  if (container.restartPolicy === 'Always') return true
  for (const { exitCodes } of container.restartPolicyRules ?? []) {
    const listed = (exitCodes?.values ?? []).includes(exitCode)
    if (exitCodes?.operator === 'In' ? listed : exitCodes?.operator === 'NotIn' && !listed) return true
  }
  const policy = container.restartPolicy ?? spec.restartPolicy ?? ''
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0)
}

function validatePodIps(status: PodStatus, before: PodStatus, errors: FieldError[]): void {
  const known = (before.podIPs ?? []).map(({ ip }) => ip)
  const addresses = (status.podIPs ?? []).map(({ ip }) => ip)
  validateIps(addresses, known, 'status.podIPs', errors)
  validateFamilies(addresses, 'core.PodIP', status.podIPs, 'status.podIPs', errors)
}

function validateHostIps(status: PodStatus, before: PodStatus, errors: FieldError[]): void {
  const { hostIPs = [], hostIP = '' } = status
  const [first] = hostIPs
  if (first === undefined) return
  if (hostIP !== first.ip) errors.push(invalid('status.hostIPs[0].ip', first.ip, 'must be equal to `hostIP`'))
  const known = (before.hostIPs ?? []).map(({ ip }) => ip)
  const addresses = hostIPs.map(({ ip }) => ip)
  validateIps(addresses, known, 'status.hostIPs', errors)
  validateFamilies(addresses, 'core.HostIP', hostIPs, 'status.hostIPs', errors)
}

function validateIps(addresses: readonly string[], known: readonly string[], path: string, errors: FieldError[]): void {
  for (const [index, ip] of addresses.entries()) errors.push(...checkIp(ip, `${path}[${index}]`, known))
}

/** One address a family. */
function validateFamilies(
  addresses: readonly string[],
  struct: string,
  printed: readonly unknown[] | undefined,
  path: string,
  errors: FieldError[],
): void {
  if (addresses.length < 2) return
  const families = addresses.map((address) => parseIp(address)?.family)
  const bad = families.indexOf(undefined)
  if (bad >= 0) {
    const text = `failed to check for dual stack with error:invalid IP[${bad}]: ${addresses[bad] ?? ''}`
    errors.push(internalError(path, text))
  }
  if (bad < 0 && new Set(families).size === 2 && addresses.length === 2) return
  errors.push(invalid(path, goStructs(struct, printed), 'may specify no more than one IP for each IP family'))
}

function validateUsers(
  statuses: readonly ContainerStatus[] | undefined,
  spec: PodSpec,
  path: string,
  errors: FieldError[],
): void {
  for (const [index, { user }] of (statuses ?? []).entries()) {
    const linux = user?.linux
    if (linux === undefined) continue
    const at = `${path}[${index}].user.linux`
    if (spec.os?.name === 'windows') {
      errors.push(forbiddenField(at, 'cannot be set for a windows pod'))
      continue
    }
    const { uid = 0, gid = 0, supplementalGroups = [] } = linux
    pushProblems(unixId(uid), `${at}.uid`, uid, errors)
    pushProblems(unixId(gid), `${at}.gid`, gid, errors)
    for (const [group, id] of supplementalGroups.entries()) {
      pushProblems(unixId(id), `${at}.supplementalGroups[${group}]`, id, errors)
    }
  }
}
