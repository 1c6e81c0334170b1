// The claim writes of the StatefulSet controller: made before their pod, and owned as the retention policy says. Claims outlive
// their pods: one that exists is taken as it is.
// Source: kubernetes pkg/controller/statefulset/stateful_pod_control.go.

import {
  type Client,
  type EventRecorder,
  isAlreadyExists,
  isNotFound,
  persistentVolumeClaims,
  type Pod,
  RetryLater,
  type StatefulSet,
  StatusError,
} from '@podwire/apiserver'
import { claimNames, claimsOfOrdinal, hasClaims, hasForeignController, isStale, retentionOwners } from './claims.ts'

export class ClaimWriter {
  readonly #client: Client
  readonly #events: EventRecorder

  constructor(client: Client, events: EventRecorder) {
    this.#client = client
    this.#events = events
  }

  /** Makes the claims a pod lacks. @throws StatusError or RetryLater when one cannot be had now */
  create(set: StatefulSet, ordinal: number, podName: string): void {
    for (const claim of claimsOfOrdinal(set, ordinal)) {
      const name = claim.metadata.name ?? ''
      const known = this.#client.find(persistentVolumeClaims, { namespace: set.metadata.namespace, name })
      if (known?.metadata.deletionTimestamp !== undefined) throw new RetryLater(`pvc ${name} is being deleted`)
      if (known !== undefined) continue
      const about = `Create Claim ${name}`
      try {
        this.#client.create(persistentVolumeClaims, claim)
        const message = `${about} Pod ${podName} in StatefulSet ${set.metadata.name} success`
        this.#events.event(set, 'Normal', 'SuccessfulCreate', message)
      } catch (error) {
        if (isAlreadyExists(error)) continue
        if (error instanceof StatusError) {
          const where = `for Pod ${podName} in StatefulSet ${set.metadata.name}`
          this.#events.event(set, 'Warning', 'FailedCreate', `${about} ${where} failed error: ${error.message}`)
        }
        throw error
      }
    }
  }

  /** A claim waits for the end of the pod it was scaled away with: nothing can be made of it. */
  hasStale(set: StatefulSet, ordinal: number, podName: string): boolean {
    return claimNames(set, ordinal).some((name) => {
      const claim = this.#client.find(persistentVolumeClaims, { namespace: set.metadata.namespace, name })
      return claim !== undefined && isStale(claim, podName, undefined)
    })
  }

  /**
   * Brings the owners of a pod's claims in line with the retention policy. Returns whether any had to change.
   * @param isNew the pod was made a moment ago: claims that somebody else manages are told of
   */
  retain(set: StatefulSet, pod: Pod, ordinal: number, isNew: boolean): boolean {
    let changed = false
    if (!hasClaims(set)) return changed
    for (const name of claimNames(set, ordinal)) {
      const claim = this.#client.find(persistentVolumeClaims, { namespace: set.metadata.namespace, name })
      // One that belongs to an earlier pod goes with that.
      if (claim === undefined || isStale(claim, pod.metadata.name, pod.metadata.uid)) continue
      const ownerReferences = retentionOwners(set, { pod, ordinal }, claim)
      if (hasForeignController(set, pod, claim) && (isNew || ownerReferences !== undefined)) {
        // Upstream's spelling.
        const conflict = 'has a conflicting OwnerReference that acts as a manging controller'
        const message = `PersistentVolumeClaim ${name} ${conflict}, the retention policy is ignored for this claim`
        this.#events.event(set, 'Warning', 'ConflictingController', message)
      }
      if (ownerReferences === undefined) continue
      try {
        this.#client.update(persistentVolumeClaims, { ...claim, metadata: { ...claim.metadata, ownerReferences } })
        changed = true
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
    }
    return changed
  }
}
