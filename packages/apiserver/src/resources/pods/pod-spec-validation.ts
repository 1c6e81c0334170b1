// Validation of pod specs, in pods and in templates. Source: kubernetes core/validation (ValidatePodSpec); the order of
// errors is the order the real server lists causes in (recorded from 1.36).

import type { PodSpec, PodTemplateSpec, Toleration } from '../../objects/index.ts'
import { IP_TEXT } from '../../validation/address-checks.ts'
import { parseIp } from '../../validation/addresses.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, invalid, notSupported, required } from '../../validation/field-errors.ts'
import { validateLabelKey, validateLabels } from '../../validation/labels.ts'
import { dnsLabel, dnsSubdomain, labelValue, qualifiedName } from '../../validation/names.ts'
import { validateAnnotations } from '../../validation/object-meta.ts'
import { validateAllContainers, validateHostNetworkPorts } from './container-validation.ts'
import { validateVolumes } from './volume-validation.ts'

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never']
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']
const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']
const MAX_INT32 = 2_147_483_647

export function validatePodSpec(spec: PodSpec, path: string, errors: FieldError[]): void {
  const volumes = validateVolumes(spec.volumes, `${path}.volumes`, errors)
  validateAllContainers(spec, volumes, path, errors)
  validatePolicies(spec, path, errors)
  if (spec.nodeSelector !== undefined) validateLabels(spec.nodeSelector, `${path}.nodeSelector`, errors)
  if (spec.hostNetwork === true) {
    validateHostNetworkPorts(spec.containers, `${path}.containers`, errors)
    if (spec.initContainers !== undefined)
      validateHostNetworkPorts(spec.initContainers, `${path}.initContainers`, errors)
  }
  validateNames(spec, path, errors)
  if (spec.activeDeadlineSeconds !== undefined) validateDeadline(spec.activeDeadlineSeconds, path, errors)
  if (spec.tolerations !== undefined) validateTolerations(spec.tolerations, `${path}.tolerations`, errors)
  if (spec.hostAliases !== undefined) validateHostAliases(spec, path, errors)
  if (spec.dnsConfig !== undefined) validateDnsConfig(spec, path, errors)
  else if (spec.dnsPolicy === 'None') {
    errors.push(required(`${path}.dnsConfig`, 'must provide `dnsConfig` when `dnsPolicy` is None'))
  }
}

/** They come by a subresource of their own, once the pod is there. */
export function refuseEphemeralContainers(
  { ephemeralContainers = [] }: PodSpec,
  path: string,
  errors: FieldError[],
): void {
  if (ephemeralContainers.length === 0) return
  errors.push(forbiddenField(`${path}.ephemeralContainers`, 'cannot be set on create'))
}

function validatePolicies(spec: PodSpec, path: string, errors: FieldError[]): void {
  const { restartPolicy = '', dnsPolicy = '' } = spec
  if (!RESTART_POLICIES.includes(restartPolicy)) {
    errors.push(notSupported(`${path}.restartPolicy`, restartPolicy, RESTART_POLICIES))
  }
  if (!DNS_POLICIES.includes(dnsPolicy)) errors.push(notSupported(`${path}.dnsPolicy`, dnsPolicy, DNS_POLICIES))
}

function validateNames(spec: PodSpec, path: string, errors: FieldError[]): void {
  check(spec.serviceAccountName, dnsSubdomain, `${path}.serviceAccountName`, errors)
  check(spec.nodeName, dnsSubdomain, `${path}.nodeName`, errors)
  check(spec.hostname, dnsLabel, `${path}.hostname`, errors)
  check(spec.subdomain, dnsLabel, `${path}.subdomain`, errors)
  check(spec.schedulerName, qualifiedName, `${path}.schedulerName`, errors)
  check(spec.runtimeClassName, dnsSubdomain, `${path}.runtimeClassName`, errors)
  for (const [index, gate] of (spec.schedulingGates ?? []).entries()) {
    for (const problem of qualifiedName(gate.name))
      errors.push(invalid(`${path}.schedulingGates[${index}]`, gate.name, problem))
  }
}

function check(
  value: string | undefined,
  rule: (value: string) => readonly string[],
  path: string,
  errors: FieldError[],
): void {
  if (value === undefined || value === '') return
  for (const problem of rule(value)) errors.push(invalid(path, value, problem))
}

function validateDeadline(seconds: number, path: string, errors: FieldError[]): void {
  if (seconds >= 1 && seconds <= MAX_INT32) return
  errors.push(invalid(`${path}.activeDeadlineSeconds`, seconds, `must be between 1 and ${MAX_INT32}, inclusive`))
}

function validateTolerations(tolerations: readonly Toleration[], path: string, errors: FieldError[]): void {
  for (const [
    index,
    { key = '', operator = '', value = '', effect = '', tolerationSeconds },
  ] of tolerations.entries()) {
    const at = `${path}[${index}]`
    if (key !== '') validateLabelKey(key, `${at}.key`, errors)
    else if (operator !== 'Exists') {
      errors.push(
        invalid(
          `${at}.operator`,
          operator,
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
      )
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      errors.push(invalid(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"))
    }
    if (operator === 'Exists') {
      if (value !== '') errors.push(invalid(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'"))
    } else if (operator === 'Equal' || operator === '') {
      for (const problem of labelValue(value)) errors.push(invalid(`${at}.operator`, value, problem))
    } else errors.push(notSupported(`${at}.operator`, operator, ['Equal', 'Exists']))
    if (effect !== '' && !EFFECTS.includes(effect)) errors.push(notSupported(`${at}.effect`, effect, EFFECTS))
  }
}

function validateHostAliases(spec: PodSpec, path: string, errors: FieldError[]): void {
  for (const [index, alias] of (spec.hostAliases ?? []).entries()) {
    const at = `${path}.hostAliases[${index}]`
    if (parseIp(alias.ip) === undefined) errors.push(invalid(`${at}.ip`, alias.ip, IP_TEXT))
    for (const [host, name] of (alias.hostnames ?? []).entries()) {
      for (const problem of dnsSubdomain(name)) errors.push(invalid(`${at}.hostnames[${host}]`, name, problem))
    }
  }
}

const MAX_NAMESERVERS = 3
const MAX_SEARCHES = 32
const MAX_SEARCH_CHARACTERS = 2048

function validateDnsConfig(spec: PodSpec, path: string, errors: FieldError[]): void {
  const { nameservers = [], searches = [], options = [] } = spec.dnsConfig ?? {}
  const at = `${path}.dnsConfig`
  if (nameservers.length > MAX_NAMESERVERS) {
    errors.push(invalid(`${at}.nameservers`, nameservers, `must not have more than ${MAX_NAMESERVERS} nameservers`))
  }
  for (const [index, server] of nameservers.entries()) {
    if (parseIp(server) === undefined) errors.push(invalid(`${at}.nameservers[${index}]`, server, IP_TEXT))
  }
  if (searches.length > MAX_SEARCHES) {
    errors.push(invalid(`${at}.searches`, searches, `must not have more than ${MAX_SEARCHES} search paths`))
  }
  if (searches.join(' ').length > MAX_SEARCH_CHARACTERS) {
    errors.push(
      invalid(
        `${at}.searches`,
        searches,
        `must not have more than ${MAX_SEARCH_CHARACTERS} characters (including spaces) in the search list`,
      ),
    )
  }
  for (const [index, search] of searches.entries()) {
    check(search.endsWith('.') ? search.slice(0, -1) : search, dnsSubdomain, `${at}.searches[${index}]`, errors)
  }
  for (const [index, option] of options.entries()) {
    if ((option.name ?? '') === '') errors.push(required(`${at}.options[${index}]`, 'must not be empty'))
  }
  if (spec.dnsPolicy === 'None' && nameservers.length === 0) {
    errors.push(required(`${at}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None'))
  }
}

/** The pod template of a workload. */
export function validatePodTemplate(template: PodTemplateSpec, path: string, errors: FieldError[]): void {
  const { labels, annotations } = template.metadata ?? {}
  if (labels !== undefined) validateLabels(labels, `${path}.metadata.labels`, errors)
  if (annotations !== undefined) validateAnnotations(annotations, `${path}.metadata.annotations`, errors)
  if (template.spec === undefined) errors.push(required(`${path}.spec.containers`))
  else {
    validatePodSpec(template.spec, `${path}.spec`, errors)
    refuseEphemeralContainers(template.spec, `${path}.spec`, errors)
  }
}
