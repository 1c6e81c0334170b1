// The request pipeline for writes: two visible arrays of steps. Both doors, HTTP and in-process, come through here with a
// decoded object; a step that throws undoes what earlier steps took.

import type { KubeObject } from '../objects/kube-object.ts'
import { admit, validateAdmission } from '../admission/index.ts'
import type { UserInfo } from '../http/request-handler.ts'
import type { Resource } from '../resources/resource.ts'
import { generateNameExhausted, notFound } from '../status/errors.ts'
import { isAlreadyExists } from '../status/status-error.ts'
import { mutableCopy } from '../store/share.ts'
import { admitNamespace, admitNode } from './admission-step.ts'
import { completeStatus } from './complete-status.ts'
import { admitDefinition } from './custom-step.ts'
import { commitCreate, commitUpdate, type UpdateOutcome } from './commit-step.ts'
import { authorizeCreation, checkGrants } from './grants-step.ts'
import {
  bumpGeneration,
  checkIdentity,
  fillCreateMetadata,
  fillKind,
  fillUpdateMetadata,
  refuseBadVersion,
} from './metadata-step.ts'
import { recordOwners, type WriteOwner } from './owners-step.ts'
import { strategyContext, type ServerState } from './server-state.ts'
import {
  allocate,
  applyDefaults,
  applyWholeDefaults,
  prepareForCreate,
  prepareForUpdate,
  validate,
} from './strategy-steps.ts'
import type { MutableObject, Write, WriteStep } from './write.ts'
import { asWritten } from './written-form.ts'

export const CREATE_STEPS: readonly WriteStep[] = [
  fillKind,
  checkIdentity,
  admitNamespace,
  admitDefinition,
  applyDefaults,
  checkGrants,
  fillCreateMetadata,
  recordOwners,
  admitNode,
  admit,
  prepareForCreate,
  allocate,
  validate,
  authorizeCreation,
  validateAdmission,
]

export const UPDATE_STEPS: readonly WriteStep[] = [
  fillKind,
  checkIdentity,
  fillUpdateMetadata,
  applyDefaults,
  checkGrants,
  recordOwners,
  admit,
  prepareForUpdate,
  allocate,
  bumpGeneration,
  validate,
  validateAdmission,
]

/** Through `/status` the rest of the object is the stored one: nothing is defaulted or allocated. */
export const STATUS_STEPS: readonly WriteStep[] = [
  fillKind,
  checkIdentity,
  fillUpdateMetadata,
  completeStatus,
  applyWholeDefaults,
  recordOwners,
  prepareForUpdate,
  validate,
]

// A generated name that is taken is drawn again this often (rest.maxNameGenerationCreateAttempts).
const GENERATE_NAME_ATTEMPTS = 8

export interface WriteRequest {
  readonly resource: Resource
  readonly namespace: string
  readonly name?: string | undefined
  readonly subresource?: string | undefined
  readonly dryRun?: boolean | undefined
  readonly verb?: 'patch' | 'put' | undefined
  /** For managedFields; absent: nobody's. */
  readonly owner?: WriteOwner | undefined
  /** Who asks; absent: a part of the cluster itself. */
  readonly user?: UserInfo | undefined
  readonly warn?: ((text: string) => void) | undefined
  /** The version the client speaks, where that is not the stored one. */
  readonly spoken?: Resource | undefined
}

/**
 * Creates `object` (which the pipeline owns from here on) and returns what was stored.
 * @param again makes the object once more, when a generated name is taken; absent: it is copied before the first try
 */
export function createObject(
  server: ServerState,
  request: WriteRequest,
  object: MutableObject,
  again?: () => MutableObject,
): KubeObject {
  const generate = (object.metadata.name ?? '') === '' && (object.metadata.generateName ?? '') !== ''
  if (!generate) return createOnce(server, request, object)
  const renewed = again ?? ((): MutableObject => mutableCopy(object))
  let tried = again === undefined ? renewed() : object
  for (let attempt = 1; ; attempt++) {
    try {
      return createOnce(server, request, tried)
    } catch (error) {
      if (!isAlreadyExists(error)) throw error
      if (attempt === GENERATE_NAME_ATTEMPTS)
        throw generateNameExhausted(request.resource.type, tried.metadata.name ?? '')
      tried = renewed()
    }
  }
}

function createOnce(server: ServerState, request: WriteRequest, object: MutableObject): KubeObject {
  const write = beginWrite(server, request, undefined, object)
  return runSteps(write, CREATE_STEPS, () => commitCreate(write))
}

/**
 * Replaces a stored object by `object` (which the pipeline owns from here on).
 * @throws StatusError 404 when it does not exist and the kind is not created on update
 */
export function updateObject(
  server: ServerState,
  request: WriteRequest & { readonly name: string },
  object: MutableObject,
): UpdateOutcome & { readonly created: boolean } {
  const { resource } = request
  const old = server.store.get(resource.type, request.namespace, request.name)
  if (old === undefined) {
    // A PUT says whom it means before anybody looks for it (endpoints/handlers/update.go).
    if (request.verb === 'put') checkIdentity(beginWrite(server, request, old, object))
    if (!isCreatedBy(request)) throw notFound(resource.type, request.name)
    refuseBadVersion(object.metadata.resourceVersion)
    const { resourceVersion } = object.metadata
    delete object.metadata.resourceVersion
    const made = createOnce(server, request, object)
    // What is only tried keeps the version it was sent with.
    const tried = request.dryRun === true && resourceVersion !== undefined && resourceVersion !== ''
    const shown = tried ? { ...made, metadata: { ...made.metadata, resourceVersion } } : made
    return { object: shown, removed: false, created: true }
  }
  const ofStatus = request.subresource === 'status'
  const write = beginWrite(server, request, ofStatus ? asWritten(old) : old, object)
  const steps = ofStatus ? STATUS_STEPS : UPDATE_STEPS
  const { object: stored, removed } = runSteps(write, steps, () => commitUpdate(write, old))
  return { object: stored, removed, created: false }
}

/** The status of what is missing is written by creating it, too, where a kind is created on update: nothing is allocated then. */
export function isCreatedBy({ resource, subresource = '' }: Pick<WriteRequest, 'resource' | 'subresource'>): boolean {
  return resource.createOnUpdate && (subresource === '' || (subresource === 'status' && resource.status))
}

function beginWrite(
  server: ServerState,
  request: WriteRequest,
  old: KubeObject | undefined,
  object: MutableObject,
): Write {
  object.metadata ??= {}
  return {
    server,
    resource: request.resource,
    context: strategyContext(server, request),
    namespace: request.resource.type.namespaced ? request.namespace : '',
    name: request.name,
    askedName: request.name || object.metadata.name || object.metadata.generateName || 'Unknown',
    subresource: request.subresource ?? '',
    dryRun: request.dryRun ?? false,
    isPatch: request.verb === 'patch',
    isPut: request.verb === 'put',
    createsOnUpdate: old === undefined && request.verb !== undefined,
    owner: request.owner,
    user: request.user,
    old,
    spoken: request.spoken,
    object,
    rollbacks: [],
  }
}

function runSteps<Outcome>(write: Write, steps: readonly WriteStep[], commit: () => Outcome): Outcome {
  let kept = false
  try {
    for (const step of steps) step(write)
    const outcome = commit()
    kept = !write.dryRun
    return outcome
  } finally {
    if (!kept) for (const undo of write.rollbacks.reverse()) undo()
  }
}
