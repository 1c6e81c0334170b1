// The end of a definition: its custom resources are deleted first, and it stays until the last of them is gone.
// Source: apiextensions-apiserver pkg/controller/finalizer/crd_finalizer.go.

import { SECOND, type Microseconds } from '@podwire/engine'
import type { CustomResourceDefinition } from '../objects/index.ts'
import type { ServerState } from '../pipeline/server-state.ts'
import { isConditionTrue, type ConditionClaim } from '../resources/apiextensions/conditions.ts'
import { CLEANUP_FINALIZER } from '../resources/apiextensions/custom-resource-definition.ts'
import { customResourceDefinitions } from '../resources/served-types.ts'
import { deleteCustomObjects } from './delete-custom-objects.ts'
import type { DefinitionWriter } from './definition-writer.ts'

const POLL_US: Microseconds = 5 * SECOND
/** One minute; then the condition says that it waits, and looking goes on. */
const POLLS_UNTIL_TOLD = 12

const IN_PROGRESS = terminating('True', 'InstanceDeletionInProgress', 'CustomResource deletion is in progress')
const NEVER_ESTABLISHED = terminating('False', 'NeverEstablished', 'resource was never established')
const COMPLETED = terminating('False', 'InstanceDeletionCompleted', 'removed all instances')
const STUCK = terminating(
  'True',
  'InstanceDeletionCheck',
  'could not confirm zero CustomResources remaining: context deadline exceeded',
)

function terminating(status: 'True' | 'False', reason: string, message: string): ConditionClaim {
  return { type: 'Terminating', status, reason, message }
}

export class Finalizing {
  readonly #server: ServerState
  readonly #writer: DefinitionWriter
  /** Definitions whose objects are being deleted, by uid: how often they were looked at. */
  readonly #polls = new Map<string, number>()

  constructor(server: ServerState, writer: DefinitionWriter) {
    this.#server = server
    this.#writer = writer
  }

  reconcile(definition: CustomResourceDefinition): void {
    const { name, uid, deletionTimestamp, finalizers = [] } = definition.metadata
    if (deletionTimestamp === undefined || !finalizers.includes(CLEANUP_FINALIZER) || this.#polls.has(uid)) return
    this.#polls.set(uid, 0)
    this.#writer.write(name, [IN_PROGRESS])
    if (isConditionTrue(definition, 'Established')) this.#poll(name, uid)
    else this.#release(name, uid, NEVER_ESTABLISHED)
  }

  #poll(name: string, uid: string): void {
    const definition = this.#find(name, uid)
    if (definition === undefined) {
      this.#polls.delete(uid)
      return
    }
    if (deleteCustomObjects(this.#server, definition) === 0) {
      this.#release(name, uid, COMPLETED)
      return
    }
    const polls = (this.#polls.get(uid) ?? 0) + 1
    this.#polls.set(uid, polls)
    if (polls === POLLS_UNTIL_TOLD) this.#writer.write(name, [STUCK])
    const kind = polls < POLLS_UNTIL_TOLD ? 'foreground' : 'background'
    this.#server.engine.schedule(POLL_US, 'crd-finalizer', () => this.#poll(name, uid), kind)
  }

  #release(name: string, uid: string, claim: ConditionClaim): void {
    this.#polls.delete(uid)
    const definition = this.#find(name, uid)
    if (definition === undefined) return
    const finalizers = (definition.metadata.finalizers ?? []).filter((finalizer) => finalizer !== CLEANUP_FINALIZER)
    this.#writer.write(name, [claim], { metadata: { ...definition.metadata, finalizers } })
  }

  #find(name: string, uid: string): CustomResourceDefinition | undefined {
    const definition = this.#server.store.get(customResourceDefinitions, undefined, name)
    return definition?.metadata.uid === uid ? definition : undefined
  }
}
