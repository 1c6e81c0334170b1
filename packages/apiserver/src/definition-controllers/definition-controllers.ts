// The controllers inside the API server that CustomResourceDefinitions have: API approval, naming, establishing, finalizing.
// They run on the engine's queue in the same moment; each look at a definition writes at most once, so a watch sees the same
// steps as upstream: names accepted, then established.
// Source: apiextensions-apiserver pkg/controller/{apiapproval,status,establish,finalizer}, pkg/apiserver/customresource_handler.go.
// Departure: the condition NonStructuralSchema is never set, as apiextensions.k8s.io/v1 stores no such schema.

import { castDraft } from 'immer'
import { InProcessClient } from '../client/in-process-client.ts'
import type { CustomResourceDefinition, CustomResourceDefinitionCondition } from '../objects/index.ts'
import type { ServerState } from '../pipeline/server-state.ts'
import { approvalCondition } from '../resources/apiextensions/api-approval.ts'
import {
  findCondition,
  isConditionTrue,
  saysTheSame,
  withCondition,
  type ConditionClaim,
} from '../resources/apiextensions/conditions.ts'
import { acceptNames, ESTABLISHED, hasItsNames } from '../resources/apiextensions/names-accepted.ts'
import { sameValue } from '../resources/compare.ts'
import { customResourceDefinitions } from '../resources/served-types.ts'
import { Finalizing } from './finalizing.ts'
import type { DefinitionChange, DefinitionWriter } from './definition-writer.ts'

export function startDefinitionControllers(server: ServerState): void {
  const controllers = new DefinitionControllers(server)
  const client = new InProcessClient(server, 'kube-apiserver')
  client.watch(customResourceDefinitions, {}, ({ type, object }) => controllers.noticed(type, object))
}

class DefinitionControllers implements DefinitionWriter {
  readonly #server: ServerState
  readonly #client: InProcessClient
  readonly #finalizing: Finalizing
  /** Names to look at, in the order they came. */
  readonly #waiting = new Set<string>()
  #scheduled = false

  constructor(server: ServerState) {
    this.#server = server
    this.#client = new InProcessClient(server, 'kube-apiserver')
    this.#finalizing = new Finalizing(server, this)
  }

  noticed(type: 'ADDED' | 'MODIFIED' | 'DELETED', { metadata, spec }: CustomResourceDefinition): void {
    if (type === 'DELETED') this.#lookAtGroup(spec.group)
    else this.lookAt(metadata.name)
  }

  lookAt(name: string): void {
    this.#waiting.add(name)
    if (this.#scheduled) return
    this.#scheduled = true
    this.#server.engine.schedule(0, 'custom-resource-definitions', () => this.#run())
  }

  write(name: string, claims: readonly ConditionClaim[], change: DefinitionChange = {}): void {
    const now = this.#server.engine.clock.timestamp()
    this.#client.modify(
      customResourceDefinitions,
      { name },
      (draft) => {
        const status = (draft.status ??= {})
        if (change.acceptedNames !== undefined) status.acceptedNames = castDraft(change.acceptedNames)
        if (change.metadata !== undefined) draft.metadata = castDraft(change.metadata)
        const conditions = claims.reduce<readonly CustomResourceDefinitionCondition[]>(
          (list, claim) => withCondition(list, claim, now),
          status.conditions ?? [],
        )
        if (claims.length > 0) status.conditions = castDraft(conditions)
      },
      { subresource: 'status' },
    )
  }

  #run(): void {
    this.#scheduled = false
    const names = [...this.#waiting]
    this.#waiting.clear()
    for (const name of names) {
      const definition = this.#client.find(customResourceDefinitions, { name })
      if (definition !== undefined) this.#reconcile(definition)
    }
  }

  /** The first step that has something to do; its write brings the definition back here. */
  #reconcile(definition: CustomResourceDefinition): void {
    const { name } = definition.metadata
    const approval = approvalCondition(definition)
    if (approval !== undefined && !saysTheSame(findCondition(definition, approval.type), approval)) {
      this.write(name, [approval])
    } else if (this.#acceptNames(definition)) {
      this.#lookAtGroup(definition.spec.group)
    } else if (isConditionTrue(definition, 'NamesAccepted') && !isConditionTrue(definition, 'Established')) {
      this.write(name, [ESTABLISHED])
    } else this.#finalizing.reconcile(definition)
  }

  /** True when it wrote: others of the group may have waited for a name that is free now. */
  #acceptNames(definition: CustomResourceDefinition): boolean {
    if (hasItsNames(definition)) return false
    const { names, accepted, established } = acceptNames(definition, this.#group(definition.spec.group))
    const same = saysTheSame(findCondition(definition, 'NamesAccepted'), accepted)
    if (same && sameValue(names, definition.status?.acceptedNames)) return false
    const claims = established === undefined ? [accepted] : [accepted, established]
    this.write(definition.metadata.name, claims, { acceptedNames: names })
    return true
  }

  #group(group: string): readonly CustomResourceDefinition[] {
    return this.#client.list(customResourceDefinitions).items.filter(({ spec }) => spec.group === group)
  }

  #lookAtGroup(group: string): void {
    for (const { metadata } of this.#group(group)) this.lookAt(metadata.name)
  }
}
