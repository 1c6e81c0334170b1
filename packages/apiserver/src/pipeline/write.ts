// One write on its way through the pipeline: the private, mutable object, what it replaces, and how to undo side effects.
// Steps edit this record in order; pipeline.ts holds the visible arrays of steps.

import type { KubeObject, ObjectMeta } from '../objects/kube-object.ts'
import type { UserInfo } from '../http/request-handler.ts'
import type { Mutable, Resource, Rollback, StrategyContext } from '../resources/resource.ts'
import type { WriteOwner } from './owners-step.ts'
import type { ServerState } from './server-state.ts'

export type MutableMeta = Partial<Mutable<ObjectMeta>> & { selfLink?: unknown }

/** A decoded body: plain JSON nobody else holds. */
export interface MutableObject {
  apiVersion: string
  kind: string
  metadata: MutableMeta
  spec?: unknown
  status?: unknown
}

export interface Write {
  readonly server: ServerState
  readonly resource: Resource
  readonly context: StrategyContext
  /** '' for cluster-scoped resources. */
  readonly namespace: string
  /** Absent on create: the name is in the body, or made from generateName. */
  readonly name: string | undefined
  /** The name the writer gave, or the beginning of the one to be generated. */
  readonly askedName: string
  /** '' for the object itself, or `status`. */
  readonly subresource: string
  readonly dryRun: boolean
  /** A PATCH: what it says of the uid is validated rather than taken as a precondition. */
  readonly isPatch: boolean
  /** A PUT from a client, which has to name its object. */
  readonly isPut: boolean
  /** The object is made by a request to change it: a PUT or an apply. */
  readonly createsOnUpdate: boolean
  /** Whose the changed fields become; undefined: the server's own doing, nobody's. */
  readonly owner: WriteOwner | undefined
  /** Who asks; undefined: a part of the cluster itself, whom nobody checks. */
  readonly user: UserInfo | undefined
  readonly old: KubeObject | undefined
  /** The version the client speaks, where that is not the stored one. */
  readonly spoken: Resource | undefined
  object: MutableObject
  readonly rollbacks: Rollback[]
}

export type WriteStep = (write: Write) => void

/**
 * The object as strategies and the store type it. Sound because metadata is complete after the metadata step, and the
 * schema decides the rest.
 */
export function completed(object: MutableObject): KubeObject & Mutable<KubeObject> {
  return object as KubeObject & Mutable<KubeObject>
}
