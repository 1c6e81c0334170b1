// metadata of a write: names, uid, times and generation belong to the server, whatever the client sent.
// Source: apiserver registry/rest/create.go (BeforeCreate), update.go (BeforeUpdate), names/generate.go.

import { sameValue } from '../resources/compare.ts'
import { apiVersionOf } from '../resources/resource-type.ts'
import type { Resource } from '../resources/resource.ts'
import { conflict, MODIFIED_MEANWHILE, plainError } from '../status/errors.ts'
import { invalidStatus } from '../validation/invalid-status.ts'
import { checkName, checkNamespace } from './identity.ts'
import { writtenVersionProblem } from './query-parameters.ts'
import { completed, type MutableMeta, type Write } from './write.ts'

// Names are at most 63 characters; five of them are random.
const GENERATE_NAME_BASE_MAX = 58

export function fillKind(write: Write): void {
  const { type, custom } = write.resource
  const { object } = write
  // What a custom object says it is, validation compares with what it should be.
  if (custom === undefined || object.apiVersion === '') object.apiVersion = apiVersionOf(type)
  if (custom === undefined || object.kind === '') object.kind = type.kind
}

/** The namespace and name in the body must agree with the URL's. */
export function checkIdentity(write: Write): void {
  const { metadata } = write.object
  if (write.resource.type.namespaced) {
    checkNamespace(write.namespace, metadata.namespace)
    metadata.namespace = write.namespace
  } else delete metadata.namespace
  if (write.name === undefined) return
  // In-process writers may leave it to the URL.
  if (!write.isPut && !write.isPatch) metadata.name ||= write.name
  checkName(write.name, metadata.name)
}

export function fillCreateMetadata(write: Write): void {
  const { server, resource } = write
  const { metadata } = write.object
  if (write.isPut && write.createsOnUpdate) checkUidPrecondition(write, '', metadata.uid)
  // It is the store that says so, which a dry run does not get to.
  const isStored = !write.createsOnUpdate && !write.dryRun
  if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== '' && isStored) {
    throw plainError('resourceVersion should not be set on objects to be created')
  }
  // Only what is posted loses these; what a PUT or an apply makes may be born deleting.
  if (!write.createsOnUpdate) dropServerFields(metadata)
  else if (metadata.selfLink !== undefined) delete metadata.selfLink
  if ((metadata.name === undefined || metadata.name === '') && metadata.generateName) {
    metadata.name = generatedName(write, metadata.generateName)
  }
  metadata.name ??= ''
  metadata.uid = server.random.uuid()
  metadata.resourceVersion = ''
  metadata.creationTimestamp = server.engine.clock.timestamp()
  // Kinds that do not count generations keep whatever the client says.
  if (resource.strategy.bumpsGeneration !== undefined) metadata.generation = 1
  mergeDuplicateOwners(write)
}

function generatedName({ server, resource }: Write, generateName: string): string {
  if (resource.nameRule === 'ip-address') return generateName
  return generateName.slice(0, GENERATE_NAME_BASE_MAX) + server.random.nameSuffix()
}

/** One entry for each owner: those that repeat an earlier one are dropped, with a warning. */
function mergeDuplicateOwners({ object: { metadata }, context }: Write): void {
  const { ownerReferences } = metadata
  if (ownerReferences === undefined || ownerReferences.length < 2) return
  const repeated = new Set<string>()
  const kept = ownerReferences.filter((owner, index) => {
    const first = ownerReferences.findIndex((other) => sameValue(other, owner))
    if (first < index) repeated.add(owner.uid)
    return first === index
  })
  if (repeated.size === 0) return
  metadata.ownerReferences = kept
  context.warn(
    '.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject ' +
      `such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${[...repeated].join(', ')}`,
  )
}

function dropServerFields(metadata: MutableMeta): void {
  // To delete what is not there costs as much as to delete what is.
  if (metadata.deletionTimestamp !== undefined) delete metadata.deletionTimestamp
  if (metadata.deletionGracePeriodSeconds !== undefined) delete metadata.deletionGracePeriodSeconds
  if (metadata.selfLink !== undefined) delete metadata.selfLink
}

/** @throws StatusError 500 for a version that is no number */
export function refuseBadVersion(resourceVersion = ''): void {
  const problem = writtenVersionProblem(resourceVersion)
  if (problem !== undefined) throw plainError(problem)
}

/** Carries over what an update may not change, and checks the versions the client names. */
export function fillUpdateMetadata(write: Write): void {
  const { old, resource } = write
  if (old === undefined) return
  const { metadata } = write.object
  if (write.isPatch) metadata.uid ||= old.metadata.uid
  else checkUidPrecondition(write, old.metadata.uid, metadata.uid)
  if (metadata.resourceVersion !== old.metadata.resourceVersion) refuseBadVersion(metadata.resourceVersion)
  if (metadata.resourceVersion === undefined || metadata.resourceVersion === '' || metadata.resourceVersion === '0') {
    // Components in process write a status without reading it first.
    const needsVersion = write.subresource === '' || write.subresource === 'scale' || write.isPut
    if (!resource.unconditionalUpdate && needsVersion) throw missingResourceVersion(write)
  } else if (metadata.resourceVersion !== old.metadata.resourceVersion) {
    throw conflict(resource.type, old.metadata.name, MODIFIED_MEANWHILE)
  }
  const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation, resourceVersion } =
    old.metadata
  if (metadata.selfLink !== undefined) delete metadata.selfLink
  metadata.creationTimestamp = creationTimestamp
  metadata.resourceVersion = resourceVersion
  // A patch that names another uid is refused by validation.
  if (!write.isPatch) metadata.uid = uid
  // An update never moves a deadline; one that would set it is refused by validation.
  if (deletionTimestamp !== undefined) metadata.deletionTimestamp = deletionTimestamp
  if (deletionGracePeriodSeconds !== undefined) metadata.deletionGracePeriodSeconds ??= deletionGracePeriodSeconds
  if (generation !== undefined) metadata.generation = generation
  else if (metadata.generation !== undefined) delete metadata.generation
  mergeDuplicateOwners(write)
}

function checkUidPrecondition(write: Write, stored: string, sent: string | undefined): void {
  if (sent === undefined || sent === '' || sent === stored) return
  const { type } = write.resource
  const path = type.namespaced ? `${write.namespace}/${write.name ?? ''}` : (write.name ?? '')
  // A dry run does not get to where the prefix is put before keys.
  const key = registryPath(write.resource).slice(write.dryRun ? '/registry'.length : 0)
  throw conflict(
    type,
    write.name ?? '',
    `StorageError: invalid object, Code: 4, Key: ${key}/${path}, ResourceVersion: 0, ` +
      `AdditionalErrorMsg: Precondition failed: UID in precondition: ${sent}, UID in object meta: ${stored}`,
  )
}

// etcd paths as kube-apiserver lays them out; most are the plural, a few kept older names.
const REGISTRY_PATHS: ReadonlyMap<string, string> = new Map([
  ['services', 'services/specs'],
  ['endpoints', 'services/endpoints'],
  ['nodes', 'minions'],
  ['replicationcontrollers', 'controllers'],
  ['ingresses', 'ingress'],
])

/** The definitions of custom kinds and their objects lie under their group. */
function registryPath({ type: { group, resource }, custom }: Resource): string {
  if (custom !== undefined || group === 'apiextensions.k8s.io') return `/registry/${group}/${resource}`
  return `/registry/${REGISTRY_PATHS.get(resource) ?? resource}`
}

function missingResourceVersion(write: Write): Error {
  const { type } = write.resource
  // Upstream prints the plural where a kind is expected; clients see it so.
  return invalidStatus(type.resource, type.group, write.object.metadata.name ?? '', [
    {
      reason: 'FieldValueInvalid',
      field: 'metadata.resourceVersion',
      body: 'Invalid value: 0: must be specified for an update',
    },
  ])
}

/** After preparation: a changed spec raises the generation. What a status write brings along never does. */
export function bumpGeneration(write: Write): void {
  const { old, resource, object } = write
  const bumps = resource.strategy.bumpsGeneration
  if (old === undefined || bumps === undefined || write.subresource === 'status') return
  if (bumps(completed(object), old)) object.metadata.generation = (old.metadata.generation ?? 0) + 1
}
