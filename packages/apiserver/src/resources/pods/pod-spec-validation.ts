// Validation of pod specs, in pods and in templates; the parts are files of validation/. The order of errors is the order the
// real server lists causes in. Source: kubernetes core/validation (ValidatePodSpec, ValidatePodTemplateSpec).

import type { ObjectMeta, PodSpec, PodTemplateSpec } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, invalid, notSupported, pushProblems, required } from '../../validation/field-errors.ts'
import { validateLabels } from '../../validation/labels.ts'
import { dnsLabel, dnsSubdomain } from '../../validation/names.ts'
import { validateAnnotations } from '../../validation/object-meta.ts'
import { validateHostNetworkPorts } from './validation/container-ports.ts'
import { validateContainers, validateEphemeralContainers, validateInitContainers } from './validation/containers.ts'
import { validateDnsConfig, validateHostAliases, validateHostnameOverride } from './validation/dns-config.ts'
import { validateFileKeyVolumes } from './validation/env.ts'
import { validateOperatingSystem } from './validation/operating-system.ts'
import { validateAffinity, validateTopologySpread } from './validation/pod-affinity.ts'
import { MIRROR_ANNOTATION } from './mirror-pod.ts'
import { validatePodAnnotations } from './validation/pod-annotations.ts'
import type { PodScope } from './validation/pod-scope.ts'
import { validateContainerResources, validatePodResources } from './validation/resources.ts'
import {
  validateReadinessGates,
  validateResourceClaims,
  validateSchedulingGates,
  validateTolerations,
} from './validation/scheduling.ts'
import { validateHostUsers, validatePodSecurityContext } from './validation/security-context.ts'
import { validateProfilesMatch } from './validation/security-profiles.ts'
import { validateVolumes } from './validation/volumes.ts'
import { validateHostProcess } from './validation/windows-options.ts'

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never']
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']
const PREEMPTION_POLICIES = ['PreemptLowerPriority', 'Never']
const MAX_INT32 = 2_147_483_647
const NO_CLAIMS: ReadonlySet<string> = new Set()

/** @param meta of the pod; undefined for templates */
export function validatePodSpec(spec: PodSpec, meta: ObjectMeta | undefined, path: string, errors: FieldError[]): void {
  const isPod = meta !== undefined
  const podName = meta?.name ?? ''
  const isMirror = meta?.annotations !== undefined && Object.hasOwn(meta.annotations, MIRROR_ANNOTATION)
  if (spec.terminationGracePeriodSeconds === undefined) errors.push(required(`${path}.terminationGracePeriodSeconds`))
  const volumes = validateVolumes(spec.volumes, { isPod, podName }, `${path}.volumes`, errors)
  const claims = validateResourceClaims(spec.resourceClaims, isMirror, `${path}.resourceClaims`, errors)
  const scope: PodScope = { spec, isPod, podName, isMirror, volumes, claims, errors }
  validateContainers(scope, `${path}.containers`)
  if (spec.initContainers !== undefined) {
    validateInitContainers(spec.initContainers, scope, `${path}.initContainers`)
  }
  if (spec.ephemeralContainers !== undefined) {
    validateEphemeralContainers(spec.ephemeralContainers, scope, `${path}.ephemeralContainers`)
  }
  validatePodResources(spec, claims, path, errors)
  if (spec.hostNetwork === true) {
    validateHostNetworkPorts(spec.containers, isPod, `${path}.containers`, errors)
  }
  validatePolicies(spec, path, errors)
  validatePlacement(spec, path, errors)
  validateNames(spec, path, errors)
  validateRest(spec, path, errors)
}

function validatePolicies(spec: PodSpec, path: string, errors: FieldError[]): void {
  const { restartPolicy = '', dnsPolicy = '' } = spec
  if (restartPolicy === '') errors.push(required(`${path}.restartPolicy`))
  else if (!RESTART_POLICIES.includes(restartPolicy)) {
    errors.push(notSupported(`${path}.restartPolicy`, restartPolicy, RESTART_POLICIES))
  }
  if (dnsPolicy === '') errors.push(required(`${path}.dnsPolicy`))
  else if (!DNS_POLICIES.includes(dnsPolicy)) errors.push(notSupported(`${path}.dnsPolicy`, dnsPolicy, DNS_POLICIES))
}

function validatePlacement(spec: PodSpec, path: string, errors: FieldError[]): void {
  const { nodeSelector, securityContext, affinity, readinessGates, schedulingGates, topologySpreadConstraints } = spec
  if (nodeSelector !== undefined) validateLabels(nodeSelector, `${path}.nodeSelector`, errors)
  if (securityContext !== undefined) {
    validatePodSecurityContext(securityContext, spec, `${path}.securityContext`, errors)
  }
  if (affinity !== undefined) validateAffinity(affinity, `${path}.affinity`, errors)
  if (spec.dnsConfig !== undefined || spec.dnsPolicy === 'None') {
    validateDnsConfig(spec.dnsConfig, spec.dnsPolicy, `${path}.dnsConfig`, errors)
  }
  if (readinessGates !== undefined) validateReadinessGates(readinessGates, `${path}.readinessGates`, errors)
  if (schedulingGates !== undefined) validateSchedulingGates(schedulingGates, `${path}.schedulingGates`, errors)
  if (topologySpreadConstraints !== undefined) {
    validateTopologySpread(topologySpreadConstraints, `${path}.topologySpreadConstraints`, errors)
  }
  validateHostProcess(spec, path, errors)
  validateHostUsers(spec, path, errors)
  validateHostnameOverride(spec, path, errors)
}

function validateNames(spec: PodSpec, path: string, errors: FieldError[]): void {
  check(spec.serviceAccountName, dnsSubdomain, `${path}.serviceAccountName`, errors)
  check(spec.nodeName, dnsSubdomain, `${path}.nodeName`, errors)
  const { activeDeadlineSeconds: deadline } = spec
  if (deadline !== undefined && (deadline < 1 || deadline > MAX_INT32)) {
    const text = `must be between 1 and ${MAX_INT32}, inclusive`
    errors.push(invalid(`${path}.activeDeadlineSeconds`, deadline, text))
  }
  check(spec.hostname, dnsLabel, `${path}.hostname`, errors)
  check(spec.subdomain, dnsLabel, `${path}.subdomain`, errors)
}

function check(
  value: string | undefined,
  rule: (value: string) => readonly string[],
  path: string,
  errors: FieldError[],
): void {
  if (value !== undefined && value !== '') pushProblems(rule(value), path, value, errors)
}

function validateRest(spec: PodSpec, path: string, errors: FieldError[]): void {
  const { tolerations, hostAliases, runtimeClassName, preemptionPolicy, overhead } = spec
  if (tolerations !== undefined) validateTolerations(tolerations, `${path}.tolerations`, errors)
  if (hostAliases !== undefined) validateHostAliases(hostAliases, `${path}.hostAliases`, errors)
  check(spec.priorityClassName, dnsSubdomain, `${path}.priorityClassName`, errors)
  if (runtimeClassName !== undefined) {
    pushProblems(dnsSubdomain(runtimeClassName), `${path}.runtimeClassName`, runtimeClassName, errors)
  }
  if (preemptionPolicy === '') errors.push(required(`${path}.preemptionPolicy`))
  else if (preemptionPolicy !== undefined && !PREEMPTION_POLICIES.includes(preemptionPolicy)) {
    errors.push(notSupported(`${path}.preemptionPolicy`, preemptionPolicy, PREEMPTION_POLICIES))
  }
  if (overhead !== undefined) {
    validateContainerResources({ limits: overhead }, NO_CLAIMS, `${path}.overhead`, errors)
  }
  if (spec.os !== undefined) validateOperatingSystem(spec, path, errors)
  validateFileKeyVolumes(spec, path, errors)
}

/** The pod template of a workload. */
export function validatePodTemplate(template: PodTemplateSpec, path: string, errors: FieldError[]): void {
  const { labels, annotations } = template.metadata ?? {}
  const { spec } = template
  if (labels !== undefined) validateLabels(labels, `${path}.labels`, errors)
  if (annotations !== undefined) validateAnnotations(annotations, `${path}.annotations`, errors)
  if (spec === undefined) {
    errors.push(required(`${path}.spec.containers`))
    return
  }
  validatePodAnnotations(annotations, spec, `${path}.annotations`, errors)
  validatePodSpec(spec, undefined, `${path}.spec`, errors)
  validateProfilesMatch(annotations, spec, `${path}.spec`, errors)
  if ((spec.ephemeralContainers ?? []).length > 0) {
    const text = 'ephemeral containers not allowed in pod template'
    errors.push(forbiddenField(`${path}.spec.ephemeralContainers`, text))
  }
}
