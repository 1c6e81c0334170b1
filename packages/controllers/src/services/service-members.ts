// Follows Services and pods and knows, for each Service, the pods its selector picks. Pod changes that an endpoint can show
// are passed on, per Service. Source: kubernetes pkg/controller/util/endpoint (which pod changes matter).

import {
  type Informer,
  type InformerChange,
  matchesLabels,
  objectKey,
  type Pod,
  type Service,
} from '@podwire/apiserver'
import { isPodDeleting, isPodReady, podAddresses } from '../objects/pod-state.ts'
import { sameMap } from '../objects/semantic-equal.ts'
import { SelectorIndex, selectsPods } from './selector-index.ts'

type Members = Map<string, Pod>

const NOBODY: ReadonlyMap<string, Pod> = new Map()

export interface MemberListeners {
  serviceChanged(key: string): void
  /** A pod of the Service changed in a way endpoints show, joined or left. */
  podChanged(serviceKey: string): void
}

export class ServiceMembers {
  readonly #index = new SelectorIndex()
  readonly #members = new Map<string, Members>()
  readonly #services: Informer<Service>
  readonly #pods: Informer<Pod>
  readonly #listeners: MemberListeners

  constructor(services: Informer<Service>, pods: Informer<Pod>, listeners: MemberListeners) {
    this.#services = services
    this.#pods = pods
    this.#listeners = listeners
    services.onChange((change) => this.#serviceChanged(change))
    pods.onChange((change) => this.#podChanged(change))
  }

  service(key: string): Service | undefined {
    return this.#services.byKey(key)
  }

  /** The pods the Service selects, by name. */
  pods(key: string): ReadonlyMap<string, Pod> {
    return this.#members.get(key) ?? NOBODY
  }

  #serviceChanged(change: InformerChange<Service>): void {
    const service = change.object
    const key = objectKey(service)
    if (change.type === 'deleted') {
      this.#index.delete(key)
      this.#members.delete(key)
    } else if (change.type === 'added' || !sameSelection(change.old, service)) {
      this.#index.set(service)
      this.#collect(key, service)
    }
    this.#listeners.serviceChanged(key)
  }

  #collect(key: string, service: Service): void {
    if (!selectsPods(service)) {
      this.#members.delete(key)
      return
    }
    const members: Members = new Map()
    for (const pod of this.#pods.inNamespace(service.metadata.namespace ?? '')) {
      if (matchesLabels(service.spec.selector ?? {}, pod.metadata.labels)) members.set(pod.metadata.name, pod)
    }
    this.#members.set(key, members)
  }

  #podChanged(change: InformerChange<Pod>): void {
    const pod = change.object
    const { namespace = '', name, labels } = pod.metadata
    const keys = this.#index.matching(namespace, labels)
    if (change.type === 'updated' && !sameMap(change.old.metadata.labels, labels)) {
      const before = this.#index.matching(namespace, change.old.metadata.labels)
      for (const key of before) if (!keys.includes(key)) this.#leave(key, name)
    }
    for (const key of keys) {
      if (change.type === 'deleted') {
        this.#leave(key, name)
        continue
      }
      const members = this.#members.get(key)
      const joins = members?.has(name) !== true
      members?.set(name, pod)
      if (joins || change.type === 'added' || showsInEndpoints(change.old, pod)) this.#listeners.podChanged(key)
    }
  }

  #leave(key: string, name: string): void {
    if (this.#members.get(key)?.delete(name) === true) this.#listeners.podChanged(key)
  }
}

function sameSelection(old: Service, service: Service): boolean {
  return selectsPods(old) === selectsPods(service) && sameMap(old.spec.selector, service.spec.selector)
}

/**
 * True when endpoints made from the pod may differ. Every change of a terminating pod counts; labels do not, nor does its end: what a
 * slice shows of a finished pod stays until something else happens.
 */
function showsInEndpoints(old: Pod, pod: Pod): boolean {
  return (
    isPodDeleting(pod) ||
    isPodDeleting(old) ||
    isPodReady(old) !== isPodReady(pod) ||
    podAddresses(old).join() !== podAddresses(pod).join()
  )
}
