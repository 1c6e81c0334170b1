// metadata of every kind: what must be there on create and what may not change on update.
// Source: apimachinery pkg/api/validation/objectmeta.go; recorded answers of 1.36 (metadata-validation).

import type { ObjectMeta, OwnerReference } from '../objects/kube-object.ts'
import type { NameRule } from '../resources/resource.ts'
import { canonicalIpProblems } from './address-checks.ts'
import type { FieldError } from './field-error.ts'
import { forbiddenField, invalid, quote, required, tooLong } from './field-errors.ts'
import { validateLabelKey, validateLabels } from './labels.ts'
import { byteLength, dns1035Label, dnsLabel, dnsSubdomain, pathSegmentName, qualifiedName } from './names.ts'

const MAX_ANNOTATIONS_BYTES = 256 * 1024
const STANDARD_FINALIZERS = new Set(['kubernetes', 'orphan', 'foregroundDeletion'])
const IMMUTABLE = 'field is immutable'

export interface MetaRules {
  readonly namespaced: boolean
  readonly nameRule: NameRule
  /** Definitions and their custom resources: a finalizer needs no slash. */
  readonly anyFinalizer?: boolean | undefined
}

const NAME_CHECKS: Readonly<Record<NameRule, (name: string) => readonly string[]>> = {
  'dns-subdomain': dnsSubdomain,
  'long-name': dnsSubdomain,
  'dns-label': dnsLabel,
  'dns-1035-label': dns1035Label,
  'path-segment': pathSegmentName,
  'ip-address': canonicalIpProblems,
  any: () => [],
}

/** Metadata of a new object. */
export function validateObjectMeta(meta: ObjectMeta, rules: MetaRules, path: string): FieldError[] {
  const errors: FieldError[] = []
  const isName = NAME_CHECKS[rules.nameRule]
  if (meta.generateName !== undefined && meta.generateName !== '' && rules.nameRule !== 'long-name') {
    for (const problem of isName(asPrefix(meta.generateName, rules.nameRule))) {
      errors.push(invalid(`${path}.generateName`, meta.generateName, problem))
    }
  }
  if (meta.name === '') errors.push(required(`${path}.name`, 'name or generateName is required'))
  else for (const problem of isName(meta.name)) errors.push(invalid(`${path}.name`, meta.name, problem))
  validateNamespaceField(meta, rules, path, errors)
  validateShared(meta, path, errors)
  if (rules.anyFinalizer !== true) errors.push(...validateFinalizerNames(meta, undefined, path))
  return errors
}

/** The server appends to it, so a trailing hyphen is fine; path segments may not be dots, prefixes of them may. */
function asPrefix(generateName: string, rule: NameRule): string {
  if (rule === 'ip-address') return generateName
  if (rule === 'path-segment') return `${generateName}a`
  return generateName.length > 1 && generateName.endsWith('-') ? `${generateName.slice(0, -2)}a` : generateName
}

function validateNamespaceField(meta: ObjectMeta, rules: MetaRules, path: string, errors: FieldError[]): void {
  const { namespace = '' } = meta
  if (!rules.namespaced) {
    if (namespace !== '') errors.push(forbiddenField(`${path}.namespace`, 'not allowed on this type'))
  } else if (namespace === '') errors.push(required(`${path}.namespace`))
  else for (const problem of dnsLabel(namespace)) errors.push(invalid(`${path}.namespace`, namespace, problem))
}

function validateShared(meta: ObjectMeta, path: string, errors: FieldError[]): void {
  if (meta.labels !== undefined) validateLabels(meta.labels, `${path}.labels`, errors)
  if (meta.annotations !== undefined) validateAnnotations(meta.annotations, `${path}.annotations`, errors)
  if (meta.ownerReferences !== undefined) validateOwners(meta.ownerReferences, `${path}.ownerReferences`, errors)
  if (meta.finalizers !== undefined) validateFinalizers(meta.finalizers, `${path}.finalizers`, errors)
}

/** Also for the templates of workloads. */
export function validateAnnotations(
  annotations: Readonly<Record<string, string>>,
  path: string,
  errors: FieldError[],
): void {
  let size = 0
  for (const [key, value] of Object.entries(annotations)) {
    // Keys may have capitals in the prefix too.
    validateLabelKey(key, path, errors, key.toLowerCase())
    size += byteLength(key) + byteLength(value)
  }
  if (size > MAX_ANNOTATIONS_BYTES) errors.push(tooLong(path, MAX_ANNOTATIONS_BYTES))
}

function validateOwners(owners: readonly OwnerReference[], path: string, errors: FieldError[]): void {
  let first: OwnerReference | undefined
  for (const owner of owners) {
    if (versionOf(owner.apiVersion) === '') {
      errors.push(invalid(`${path}.apiVersion`, owner.apiVersion, 'version must not be empty'))
    }
    if (owner.kind === '') errors.push(invalid(`${path}.kind`, owner.kind, 'must not be empty'))
    if (owner.name === '') errors.push(invalid(`${path}.name`, owner.name, 'must not be empty'))
    if (owner.uid === '') errors.push(invalid(`${path}.uid`, owner.uid, 'must not be empty'))
    if (owner.kind === 'Event' && (owner.apiVersion === 'v1' || owner.apiVersion === 'events.k8s.io/v1')) {
      const [group, version] = owner.apiVersion === 'v1' ? ['', 'v1'] : ['events.k8s.io', 'v1']
      errors.push(invalid(path, inGoOrder(owner), `${group}/${version}, Kind=Event is disallowed from being an owner`))
    }
    if (owner.controller !== true) continue
    first ??= owner
    if (first === owner) continue
    const found = `${first.kind}/${first.name} and ${owner.kind}/${owner.name}`
    const text = `Only one reference can have Controller set to true. Found "true" in references for ${found}`
    errors.push(invalid(path, owners.map(inGoOrder), text))
  }
}

/** As it is printed, in whatever order it was sent. */
function inGoOrder(owner: OwnerReference): OwnerReference {
  const { apiVersion, kind, name, uid, ...flags } = owner
  return { apiVersion, kind, name, uid, ...flags }
}

/** The version in an apiVersion; empty when it has none or cannot be read. */
function versionOf(apiVersion: string): string {
  const parts = apiVersion.split('/')
  return parts.length > 2 ? '' : (parts[parts.length - 1] ?? '')
}

function validateFinalizers(finalizers: readonly string[], path: string, errors: FieldError[]): void {
  for (const finalizer of finalizers) {
    for (const problem of qualifiedName(finalizer)) errors.push(invalid(path, finalizer, problem))
  }
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.push(invalid(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'))
  }
}

/** What kube-apiserver adds to the library's rules for its own kinds: a name without a domain is one of the old ones. */
export function validateFinalizerNames(meta: ObjectMeta, old: ObjectMeta | undefined, path: string): FieldError[] {
  if (meta.finalizers === undefined || meta.finalizers === old?.finalizers) return []
  const errors: FieldError[] = []
  for (const [index, finalizer] of meta.finalizers.entries()) {
    if (!isKnownFinalizer(finalizer)) errors.push(invalid(`${path}.finalizers[${index}]`, finalizer, FINALIZER_TEXT))
  }
  return errors
}

const FINALIZER_TEXT = 'name is neither a standard finalizer name nor is it fully qualified'

/** Also for the finalizers in a namespace's spec. */
export function validateFinalizerName(finalizer: string, path: string, errors: FieldError[]): void {
  for (const problem of qualifiedName(finalizer)) errors.push(invalid(path, finalizer, problem))
  if (!isKnownFinalizer(finalizer)) errors.push(invalid(path, finalizer, FINALIZER_TEXT))
}

function isKnownFinalizer(finalizer: string): boolean {
  return finalizer.includes('/') || STANDARD_FINALIZERS.has(finalizer)
}

/** Syntax of what an update changed, finalizers too. */
export function validateChangedMeta(meta: ObjectMeta, old: ObjectMeta, path: string): FieldError[] {
  const errors: FieldError[] = []
  validateChangedMaps(meta, old, path, errors)
  if (meta.finalizers !== undefined && meta.finalizers !== old.finalizers) {
    validateFinalizers(meta.finalizers, `${path}.finalizers`, errors)
  }
  return errors
}

function validateChangedMaps(meta: ObjectMeta, old: ObjectMeta, path: string, errors: FieldError[]): void {
  if (meta.labels !== undefined && meta.labels !== old.labels) validateLabels(meta.labels, `${path}.labels`, errors)
  if (meta.annotations !== undefined && meta.annotations !== old.annotations) {
    validateAnnotations(meta.annotations, `${path}.annotations`, errors)
  }
  if (meta.ownerReferences !== undefined && meta.ownerReferences !== old.ownerReferences) {
    validateOwners(meta.ownerReferences, `${path}.ownerReferences`, errors)
  }
}

/** Metadata of a changed object; `meta` already carries what the server itself keeps. */
export function validateObjectMetaUpdate(meta: ObjectMeta, old: ObjectMeta, path: string): FieldError[] {
  const errors: FieldError[] = []
  validateNewFinalizers(meta, old, path, errors)
  for (const field of ['name', 'namespace', 'uid', 'creationTimestamp'] as const) {
    if (meta[field] !== old[field]) errors.push(invalid(`${path}.${field}`, meta[field] ?? '', IMMUTABLE))
  }
  for (const field of ['deletionTimestamp', 'deletionGracePeriodSeconds'] as const) {
    if (meta[field] !== old[field]) errors.push(invalid(`${path}.${field}`, meta[field], IMMUTABLE))
  }
  validateChangedMaps(meta, old, path, errors)
  return errors
}

function validateNewFinalizers(meta: ObjectMeta, old: ObjectMeta, path: string, errors: FieldError[]): void {
  if (old.deletionTimestamp === undefined || meta.finalizers === undefined) return
  const known = new Set(old.finalizers ?? [])
  const added = meta.finalizers.filter((finalizer) => !known.has(finalizer))
  if (added.length === 0) return
  const list = `[]string{${added.map((finalizer) => quote(finalizer)).join(', ')}}`
  const text = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`
  errors.push(forbiddenField(`${path}.finalizers`, text))
}
