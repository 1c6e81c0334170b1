// Warnings about pods and templates that are accepted but questionable. Source: kubernetes pkg/api/pod/warnings.go,
// pkg/api/node/util.go.

import type {
  Container,
  NodeAffinity,
  ObjectMeta,
  PodAffinity,
  PodSpec,
  TopologySpreadConstraint,
} from '../../objects/index.ts'
import { quote } from '../../validation/field-errors.ts'
import { dnsLabel, labelValue } from '../../validation/names.ts'
import { parseQuantity } from '../../validation/quantity.ts'
import { sameValue } from '../compare.ts'
import { profileOf } from './app-armor-annotations.ts'
import { deprecatedAnnotations, deprecatedLabels } from './deprecated-names.ts'
import { warnAboutPorts } from './port-warnings.ts'
import { warnAboutIp } from '../../validation/address-checks.ts'
import { visitContainers, type AnyContainer } from './validation/pod-scope.ts'
import { warnAboutVolumes } from './volume-warnings.ts'

type Warn = (text: string) => void
type Annotations = Readonly<Record<string, string>>

export function warnAboutPodName(name: string, warn: Warn): void {
  const problems = dnsLabel(name)
  if (name === '' || problems.length === 0) return
  warn(
    "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is " +
      `recommended: [${problems.join(' ')}]`,
  )
}

/** Names of workloads become part of their pods' names. */
export function warnAboutWorkloadName(name: string, warn: Warn): void {
  const problems = dnsLabel(name)
  if (name === '' || problems.length === 0) return
  warn(
    'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is ' +
      `recommended: [${problems.join(' ')}]`,
  )
}

/** @param meta of the pod or template the spec belongs to */
export function warnAboutPodSpec(
  spec: PodSpec,
  path: string,
  warn: Warn,
  meta: Partial<Pick<ObjectMeta, 'annotations'>> = {},
): void {
  const { annotations } = meta
  const { affinity, nodeSelector, topologySpreadConstraints, dnsConfig, hostAliases, imagePullSecrets } = spec
  if (nodeSelector !== undefined) warnAboutNodeSelector(nodeSelector, path, warn)
  if (affinity?.nodeAffinity !== undefined) warnAboutNodeAffinity(affinity.nodeAffinity, path, warn)
  if (topologySpreadConstraints !== undefined) warnAboutSpreading(topologySpreadConstraints, path, warn)
  if (annotations !== undefined) warnAboutAnnotations(annotations, annotationPathOf(path), warn)
  if (spec.volumes !== undefined) warnAboutVolumes(spec.volumes, `${path}.volumes`, warn)
  if (hostAliases !== undefined || imagePullSecrets !== undefined) warnAboutDuplicates(spec, path, warn)
  if (spec.overhead !== undefined) warnAboutFractions(spec.overhead, `${path}.overhead`, warn)
  warnAboutContainers(spec, annotations, path, warn)
  warnAboutPorts(spec, path, warn)
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    warn(`${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`)
  }
  if (affinity !== undefined) warnAboutPodAffinity(affinity, `${path}.affinity`, warn)
  if (dnsConfig !== undefined || hostAliases !== undefined) warnAboutAddresses(spec, path, warn)
}

/** Of the pod or template whose spec is at `path`. */
function annotationPathOf(path: string): string {
  return `${path.slice(0, -'spec'.length)}metadata.annotations`
}

function warnAboutAddresses({ dnsConfig, hostAliases }: PodSpec, path: string, warn: Warn): void {
  for (const [index, server] of (dnsConfig?.nameservers ?? []).entries()) {
    warnAboutIp(server, `${path}.dnsConfig.nameservers[${index}]`, warn)
  }
  for (const [index, { ip }] of (hostAliases ?? []).entries()) {
    warnAboutIp(ip, `${path}.hostAliases[${index}].ip`, warn)
  }
}

const NULL_SELECTOR = 'a null labelSelector results in matching no pod'

function warnAboutAnnotations(annotations: Annotations, path: string, warn: Warn): void {
  for (const [name, text] of deprecatedAnnotations) {
    if (Object.hasOwn(annotations, name)) warn(`${path}[${name}]: ${text}`)
  }
}

function warnAboutNodeSelector(selector: Readonly<Record<string, string>>, path: string, warn: Warn): void {
  for (const key of Object.keys(selector)) {
    const text = deprecatedLabels.get(key)
    if (text !== undefined) warn(`${path}.nodeSelector[${key}]: ${text}`)
  }
}

function warnAboutNodeAffinity(affinity: NodeAffinity, path: string, warn: Warn): void {
  const at = `${path}.affinity.nodeAffinity`
  const needed = affinity.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  const preferred = affinity.preferredDuringSchedulingIgnoredDuringExecution ?? []
  for (const [index, { matchExpressions }] of needed.entries()) {
    const term = `${at}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${index}]`
    warnAboutExpressions(matchExpressions, false, term, warn)
  }
  for (const [index, { preference }] of preferred.entries()) {
    const term = `${at}.preferredDuringSchedulingIgnoredDuringExecution[${index}].preference`
    warnAboutExpressions(preference.matchExpressions, true, term, warn)
  }
}

function warnAboutSpreading(constraints: readonly TopologySpreadConstraint[], path: string, warn: Warn): void {
  for (const [index, { topologyKey, labelSelector }] of constraints.entries()) {
    const text = deprecatedLabels.get(topologyKey)
    const constraint = `${path}.topologySpreadConstraints[${index}]`
    if (text !== undefined) warn(`${constraint}.topologyKey: ${topologyKey} is ${text}`)
    if (labelSelector === undefined) warn(`${constraint}.labelSelector: ${NULL_SELECTOR}`)
  }
}

/** Labels of old in a node selector. */
export function warnAboutExpressions(
  expressions: readonly { readonly key: string; readonly values?: readonly string[] }[] | undefined,
  checkValues: boolean,
  path: string,
  warn: Warn,
): void {
  for (const [index, { key, values = [] }] of (expressions ?? []).entries()) {
    const at = `${path}.matchExpressions[${index}]`
    const text = deprecatedLabels.get(key)
    if (text !== undefined) warn(`${at}.key: ${key} is ${text}`)
    if (!checkValues) continue
    for (const [position, value] of values.entries()) {
      for (const problem of labelValue(value)) warn(`${at}.values[${position}]: ${value} is invalid, ${problem}`)
    }
  }
}

function warnAboutDuplicates({ hostAliases = [], imagePullSecrets = [] }: PodSpec, path: string, warn: Warn): void {
  const addresses = new Set<string>()
  for (const [index, { ip }] of hostAliases.entries()) {
    if (addresses.has(ip)) warn(`${path}.hostAliases[${index}].ip: duplicate ip ${quote(ip)}`)
    addresses.add(ip)
  }
  const names = new Set<string>()
  for (const [index, { name = '' }] of imagePullSecrets.entries()) {
    if (names.has(name)) warn(`${path}.imagePullSecrets[${index}].name: duplicate name ${quote(name)}`)
    names.add(name)
  }
  for (const [index, { name = '' }] of imagePullSecrets.entries()) {
    if (name === '') warn(`${path}.imagePullSecrets[${index}].name: invalid empty name ""`)
  }
}

/** Bytes come whole. */
function warnAboutFractions(amounts: Readonly<Record<string, string>>, path: string, warn: Warn): void {
  warnAboutFraction('memory', amounts['memory'], path, warn)
  warnAboutFraction('ephemeral-storage', amounts['ephemeral-storage'], path, warn)
}

function warnAboutFraction(name: string, amount: string | undefined, path: string, warn: Warn): void {
  if (amount === undefined || (parseQuantity(amount)?.nano ?? 0n) % 1_000_000_000n === 0n) return
  warn(`${path}[${name}]: fractional byte value ${quote(amount)} is invalid, must be an integer`)
}

const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod'
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/'
const APP_ARMOR_CONTAINER = 'container.apparmor.security.beta.kubernetes.io/'
const SECCOMP_TEXT = 'non-functional in v1.27+; use the "seccompProfile" field instead'

function warnAboutContainers(spec: PodSpec, annotations: Annotations | undefined, path: string, warn: Warn): void {
  const { containers, initContainers, ephemeralContainers, securityContext } = spec
  // Most say nothing that could be warned about.
  const isPlain = ({ resources, env }: AnyContainer): boolean =>
    env === undefined &&
    (resources === undefined || (resources.limits === undefined && resources.requests === undefined))
  const plain = initContainers === undefined && ephemeralContainers === undefined && containers.every(isPlain)
  if (annotations === undefined) {
    if (plain) return
  } else if (securityContext?.seccompProfile === undefined && Object.hasOwn(annotations, SECCOMP_POD)) {
    warn(`${annotationPathOf(path)}[${SECCOMP_POD}]: ${SECCOMP_TEXT}`)
  }
  visitContainers(spec, path, (container, containerPath) => {
    if (annotations !== undefined) warnAboutProfiles(container, spec, annotations, path, warn)
    warnAboutContainer(container, containerPath, warn)
  })
}

function warnAboutProfiles(
  { name, securityContext }: AnyContainer,
  spec: PodSpec,
  annotations: Annotations,
  path: string,
  warn: Warn,
): void {
  const at = annotationPathOf(path)
  const seccomp = `${SECCOMP_CONTAINER}${name}`
  if (securityContext?.seccompProfile === undefined && Object.hasOwn(annotations, seccomp)) {
    warn(`${at}[${seccomp}]: ${SECCOMP_TEXT}`)
  }
  // Pods are warned when the annotation becomes a field.
  const appArmor = `${APP_ARMOR_CONTAINER}${name}`
  const annotation = Object.hasOwn(annotations, appArmor) ? annotations[appArmor] : undefined
  if (path === 'spec' || securityContext?.appArmorProfile !== undefined || annotation === undefined) return
  const ofPod = spec.securityContext?.appArmorProfile
  if (ofPod !== undefined && sameValue(ofPod, profileOf(annotation))) return
  warn(`${at}[${appArmor}]: deprecated since v1.30; use the "appArmorProfile" field instead`)
}

function warnAboutContainer({ resources, env }: AnyContainer, path: string, warn: Warn): void {
  if (resources?.limits !== undefined || resources?.requests !== undefined) {
    for (const name of ['memory', 'ephemeral-storage']) {
      warnAboutFraction(name, resources.limits?.[name], `${path}.resources.limits`, warn)
      warnAboutFraction(name, resources.requests?.[name], `${path}.resources.requests`, warn)
    }
  }
  if (env !== undefined && env.length > 1) warnAboutEnv(env, `${path}.env`, warn)
}

/** A variable may be defined again by what it was before. */
function warnAboutEnv(env: NonNullable<Container['env']>, path: string, warn: Warn): void {
  const names = new Set<string>()
  for (const [index, { name, value = '', valueFrom }] of env.entries()) {
    const reference = `$(${name})`
    const extends_ = valueFrom === undefined && value !== reference && value.includes(reference)
    if (names.has(name) && !extends_) {
      const text = `hides previous definition of ${quote(name)}, which may be dropped when using apply`
      warn(`${path}[${index}]: ${text}`)
    }
    names.add(name)
  }
}

function warnAboutPodAffinity(
  { podAffinity, podAntiAffinity }: { readonly podAffinity?: PodAffinity; readonly podAntiAffinity?: PodAffinity },
  path: string,
  warn: Warn,
): void {
  for (const [name, affinity] of [
    ['podAffinity', podAffinity] as const,
    ['podAntiAffinity', podAntiAffinity] as const,
  ]) {
    const needed = affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
    const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
    for (const [index, { labelSelector }] of needed.entries()) {
      if (labelSelector !== undefined) continue
      warn(`${path}.${name}.requiredDuringSchedulingIgnoredDuringExecution[${index}].labelSelector: ${NULL_SELECTOR}`)
    }
    for (const [index, { podAffinityTerm }] of preferred.entries()) {
      if (podAffinityTerm.labelSelector !== undefined) continue
      const at = `${path}.${name}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`
      warn(`${at}.podAffinityTerm.labelSelector: ${NULL_SELECTOR}`)
    }
  }
}
