// The revision history of one kind of owner: finds or makes the revision of the present template, numbers it, drops old ones.
// Source: kubernetes pkg/controller/daemon/update.go (constructHistory), pkg/controller/history/controller_history.go.

import {
  type ControllerRevision,
  controllerRevisions,
  isAlreadyExists,
  isNotFound,
  type KubeObject,
  matchesLabelSelector,
  type PodTemplateSpec,
} from '@podwire/apiserver'
import { templateHash } from '../deployment/template.ts'
import type { ControllerContext } from '../manager/controller.ts'
import { FreshView } from '../manager/fresh-view.ts'
import { controllerReference, controllerUidKeys, isControlledBy, orphanKeys } from '../objects/owner.ts'
import { claimObjects } from '../replicas/claim.ts'
import { adopt, release } from '../replicas/ownership.ts'
import type { OwnerKind } from '../workload/owner-kind.ts'
import { byRevision, holdsTemplate, revisionData } from './revision.ts'

export interface Revisions {
  /** The one with the owner's present template. */
  readonly update: ControllerRevision
  /** All others, oldest first. */
  readonly old: readonly ControllerRevision[]
  /** Those of them that hold the present template too. */
  readonly duplicates: readonly ControllerRevision[]
  readonly collisionCount: number
}

export interface RevisedOwner {
  readonly template: PodTemplateSpec
  readonly collisionCount: number
  /** The label that carries the hash on a revision. */
  readonly hashLabel: string
}

/** Two different templates with one hash: each try takes the next count. */
const MAX_COLLISIONS = 20

export class RevisionHistory<T extends KubeObject> {
  readonly #context: ControllerContext
  readonly #kind: OwnerKind<T>
  readonly #revisions: FreshView<ControllerRevision>

  constructor(context: ControllerContext, kind: OwnerKind<T>) {
    this.#context = context
    this.#kind = kind
    this.#revisions = new FreshView(context.informers.informer(controllerRevisions))
    this.#revisions.addIndex('controller-uid', controllerUidKeys)
    this.#revisions.addIndex('orphans', orphanKeys)
  }

  sync(owner: T, revised: RevisedOwner): Revisions {
    const all = byRevision(this.#claim(owner))
    const { collisionCount } = revised
    const present = all.filter((revision) => holdsTemplate(revision, revised.template))
    const known = present.at(-1)
    const old = all.filter((revision) => revision !== known)
    const number = (old.at(-1)?.revision ?? 0) + 1
    if (known === undefined) return this.#create(owner, revised, old, number)
    const duplicates = present.slice(0, -1)
    if (known.revision >= number) return { update: known, old, duplicates, collisionCount }
    return { update: this.#rewrite({ ...known, revision: number }), old, duplicates, collisionCount }
  }

  /** Gives revisions that somebody else made the label they lack: their name, which is nobody else's. */
  label(owner: T, hashLabel: string): void {
    for (const revision of this.#claim(owner)) {
      const { metadata } = revision
      if (metadata.labels?.[hashLabel] !== undefined) continue
      this.#rewrite({
        ...revision,
        metadata: { ...metadata, labels: { ...metadata.labels, [hashLabel]: metadata.name } },
      })
    }
  }

  #rewrite(revision: ControllerRevision): ControllerRevision {
    return this.#revisions.wrote(this.#context.client.update(controllerRevisions, revision))
  }

  drop(revisions: readonly ControllerRevision[]): void {
    for (const revision of revisions) {
      try {
        this.#context.client.delete(controllerRevisions, revision.metadata)
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
      this.#revisions.removed(revision)
    }
  }

  #claim(owner: T): readonly ControllerRevision[] {
    const { client } = this.#context
    const { uid, namespace } = owner.metadata
    const selector = this.#kind.selector(owner)
    const own = this.#revisions.byIndex('controller-uid', uid)
    const candidates = [...own, ...this.#revisions.byIndex('orphans', namespace ?? '')]
    const claim = claimObjects(
      owner,
      candidates,
      ({ metadata }) => selector !== undefined && matchesLabelSelector(selector, metadata.labels ?? {}),
    )
    for (const revision of claim.release) {
      const released = release(client, controllerRevisions, revision, uid)
      if (released !== undefined) this.#revisions.wrote(released)
    }
    const reference = controllerReference(owner, this.#kind.apiVersion, this.#kind.kind)
    const adopted: ControllerRevision[] = []
    for (const revision of claim.adopt) {
      const taken = adopt(client, controllerRevisions, revision, reference)
      if (taken !== undefined) adopted.push(this.#revisions.wrote(taken))
    }
    return [...claim.owned, ...adopted]
  }

  #create(owner: T, revised: RevisedOwner, old: readonly ControllerRevision[], revision: number): Revisions {
    const { client } = this.#context
    const { name, namespace, annotations, uid } = owner.metadata
    const { template, hashLabel } = revised
    for (let collisionCount = revised.collisionCount; ; collisionCount++) {
      const hash = templateHash(template, collisionCount === 0 ? undefined : collisionCount)
      const ref = { namespace, name: `${name}-${hash}` }
      try {
        const update = client.create(controllerRevisions, {
          metadata: {
            name: ref.name,
            ...(namespace === undefined ? {} : { namespace }),
            labels: { ...template.metadata?.labels, [hashLabel]: hash },
            ...(annotations === undefined ? {} : { annotations }),
            ownerReferences: [controllerReference(owner, this.#kind.apiVersion, this.#kind.kind)],
          },
          data: revisionData(template),
          revision,
        })
        return { update: this.#revisions.wrote(update), old, duplicates: [], collisionCount }
      } catch (error) {
        if (!isAlreadyExists(error) || collisionCount > revised.collisionCount + MAX_COLLISIONS) throw error
        const taken = client.find(controllerRevisions, ref)
        if (taken !== undefined && isControlledBy(taken, uid) && holdsTemplate(taken, template)) {
          return { update: this.#revisions.wrote(taken), old, duplicates: [], collisionCount }
        }
      }
    }
  }
}
