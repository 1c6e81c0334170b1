// Objects that come from one template are alike but for their names: what a new one has in common with the last one of its kind
// becomes that one's very objects, so that ten thousand pods of a ReplicaSet keep one set of labels, tolerations and volume sources,
// and answers that are remembered by a pod's labels are remembered once. Which objects are shared changes nothing that can be read.

import type { Event } from '../objects/index.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import { shareUnchanged } from './share.ts'

type Part = Record<string, unknown>

/** Templates whose last object is remembered. */
const REMEMBERED = 1000

const OF_METADATA = ['labels', 'annotations', 'ownerReferences']
const OF_TEMPLATES = ['spec']
const OF_EVENTS = ['source', 'involvedObject']

export class Siblings {
  readonly #last = new Map<string, KubeObject>()

  /**
   * @param object nobody else has it yet
   * @returns what it is made from, for `remember`; undefined: nothing known
   */
  share(object: KubeObject): string | undefined {
    const template = templateOf(object)
    const last = template === undefined ? undefined : this.#last.get(template)
    if (last === undefined) return template
    shareParts(last.metadata, object.metadata, OF_METADATA)
    shareParts(last, object, object.kind === 'Event' ? OF_EVENTS : OF_TEMPLATES)
    return template
  }

  /** @param object has been stored: the next one of its template is compared with it */
  remember(template: string, object: KubeObject): void {
    if (this.#last.size >= REMEMBERED && !this.#last.has(template)) this.#last.clear()
    this.#last.set(template, object)
  }
}

/** Names what an object is made from; undefined: nothing known. What one component of a node says is alike too. */
function templateOf(object: KubeObject): string | undefined {
  const { kind, metadata } = object
  const { generateName, namespace = '' } = metadata
  if (generateName !== undefined) return `${kind} ${namespace}/${generateName}`
  if (kind !== 'Event') return undefined
  const { source } = object as Event
  return `${kind} ${namespace}/${source?.component ?? ''}/${source?.host ?? ''}`
}

function shareParts(from: object, to: object, names: readonly string[]): void {
  const [old, next] = [from as Part, to as Part]
  for (const name of names)
    if (old[name] !== undefined && next[name] !== undefined) next[name] = shareUnchanged(old[name], next[name])
}
