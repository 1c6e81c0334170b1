// PodSecurity: pods that violate the level their namespace enforces are refused; what it warns about is said, of the templates of
// controllers too. A namespace whose level is raised is told which of its pods would not have been let in.
// Source: pod-security-admission admission/admission.go. Departure: nothing is audited, nobody is exempt.

import { compareText } from '@podwire/engine'
import type { Namespace, ObjectMeta, Pod, PodSpec } from '../objects/index.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import {
  compareLevels,
  levelText,
  policyOf,
  violations,
  type Policy,
  type PolicyLevel,
  type Violation,
} from '../pod-security/index.ts'
import { completed, type Write } from '../pipeline/write.ts'
import { sameValue } from '../resources/compare.ts'
import { namespaces, pods } from '../resources/served-types.ts'
import { invalidStatus } from '../validation/invalid-status.ts'
import { refusedAfterValidation, type AdmissionPlugin } from './plugin.ts'

const policies = new WeakMap<object, Policy>()

/** Stored namespaces never change, so what their labels say is read once. */
function policyFor({ server, namespace }: Write): Policy | undefined {
  const stored = server.store.get(namespaces, undefined, namespace)
  if (stored === undefined) return undefined
  const known = policies.get(stored)
  if (known !== undefined) return known
  const read = policyOf(stored.metadata.labels)
  policies.set(stored, read)
  return read
}

interface Template {
  readonly metadata?: Partial<ObjectMeta>
  readonly spec?: PodSpec
}

interface WithTemplate {
  readonly template?: Template
  readonly spec?: {
    readonly template?: Template
    readonly jobTemplate?: { readonly spec?: { readonly template?: Template } }
  }
}

/** The pods a controller will make. */
function templateOf(object: KubeObject): Template | undefined {
  const { template, spec } = object as WithTemplate
  return template ?? spec?.template ?? spec?.jobTemplate?.spec?.template
}

const CONTROLLERS: ReadonlySet<string> = new Set([
  '/PodTemplate',
  '/ReplicationController',
  'apps/ReplicaSet',
  'apps/Deployment',
  'apps/StatefulSet',
  'apps/DaemonSet',
  'batch/Job',
  'batch/CronJob',
])

function evaluate(level: PolicyLevel, { metadata, spec }: Template): readonly Violation[] {
  return spec === undefined ? [] : violations(level, { spec, annotations: metadata?.annotations ?? {} })
}

function text(found: readonly Violation[]): string {
  return found.map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`)).join(', ')
}

function warnAbout({ context }: Write, { warn }: Policy, template: Template): void {
  const found = evaluate(warn, template)
  if (found.length > 0) context.warn(`would violate PodSecurity "${levelText(warn)}": ${text(found)}`)
}

/** Of a pod's changes only those of its containers and images are looked at. */
function isSignificant({ spec }: Pod, { spec: old }: Pod): boolean {
  const images = (pod: PodSpec): unknown =>
    [pod.containers, pod.initContainers ?? [], pod.ephemeralContainers ?? []].map((list) =>
      list.map(({ name, image }) => [name, image]),
    )
  return spec !== old && !sameValue(images(spec), images(old))
}

function checkPod(write: Write): void {
  const policy = policyFor(write)
  if (policy === undefined || (policy.enforce.level === 'privileged' && policy.warn.level === 'privileged')) return
  const pod = completed(write.object) as unknown as Pod
  if (write.old !== undefined && !isSignificant(pod, write.old as Pod)) return
  const found = evaluate(policy.enforce, pod)
  if (found.length > 0) {
    throw refusedAfterValidation(write, `violates PodSecurity "${levelText(policy.enforce)}": ${text(found)}`)
  }
  warnAbout(write, policy, pod)
}

function checkNamespace(write: Write): void {
  const { metadata } = completed(write.object)
  const policy = policyOf(metadata.labels)
  const old = policyOf((write.old as Namespace | undefined)?.metadata.labels)
  if (policy.errors.length > 0 && !sameValue(policy.errors, old.errors)) {
    throw invalidStatus('Namespace', '', metadata.name, policy.errors)
  }
  if (write.old === undefined || sameValue(policy.enforce, old.enforce)) return
  const sameVersion = policy.enforce.minor === old.enforce.minor
  if (policy.enforce.level === 'privileged') return
  if (sameVersion && compareLevels(policy.enforce.level, old.enforce.level) <= 0) return
  warnOfPods(write, metadata.name, policy.enforce)
}

function warnOfPods({ server, context }: Write, namespace: string, level: PolicyLevel): void {
  const names = new Map<string, string[]>()
  for (const pod of server.store.list(pods, namespace)) {
    const reasons = evaluate(level, pod)
      .map(({ reason }) => reason)
      .join(', ')
    if (reasons !== '') names.set(reasons, [...(names.get(reasons) ?? []), pod.metadata.name])
  }
  if (names.size === 0) return
  context.warn(
    `existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "${levelText(level)}"`,
  )
  const lines = [...names].map(([reasons, [first = '', ...others]]) => {
    const more = others.length === 0 ? '' : ` (and ${others.length} other ${others.length === 1 ? 'pod' : 'pods'})`
    return `${first}${more}: ${reasons}`
  })
  for (const line of lines.sort(compareText)) context.warn(line)
}

export const podSecurity: AdmissionPlugin = {
  name: 'PodSecurity',
  subresources: ['ephemeralcontainers'],
  validate: (write) => {
    const { type } = write.resource
    if (type === pods) checkPod(write)
    else if (type === namespaces) checkNamespace(write)
    else if (CONTROLLERS.has(`${type.group}/${type.kind}`)) {
      const policy = policyFor(write)
      const template = policy?.warn.level === 'privileged' ? undefined : templateOf(completed(write.object))
      if (policy !== undefined && template !== undefined) warnAbout(write, policy, template)
    }
  },
}
