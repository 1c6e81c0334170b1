// Static pods: pods a node runs from its own manifests. The API shows a mirror of each; deleting the mirror makes a new one
// and leaves the containers running. Source: kubernetes pkg/kubelet/pod (mirror_client.go).

import {
  type Client,
  isAlreadyExists,
  isConflict,
  isNamespaceTerminating,
  isNotFound,
  isUnreachable,
  type NewObject,
  type Node,
  type Pod,
  pods,
} from '@podwire/apiserver'
import { MILLISECOND, SECOND, type Engine } from '@podwire/engine'
import { hexOf } from '../images/image-name.ts'

/** Pods are synced again after this, whatever failed. */
const RETRY = 10 * SECOND

const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror'

/** A pod manifest without server-side fields; its name gets the node's name appended. */
export type StaticPod = NewObject<Pod>

export function isMirrorPod(pod: Pod): boolean {
  return pod.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined
}

export class StaticPods {
  readonly #engine: Engine
  readonly #client: Client
  readonly #mirrors = new Map<string, NewObject<Pod>>()

  constructor(engine: Engine, client: Client, node: Node, manifests: readonly StaticPod[]) {
    this.#engine = engine
    this.#client = client
    for (const manifest of manifests) {
      const mirror = mirrorPod(manifest, node, engine.clock.microTimestamp())
      this.#mirrors.set(`${mirror.metadata.namespace ?? ''}/${mirror.metadata.name ?? ''}`, mirror)
    }
  }

  /** Is this pod the mirror of one of ours? */
  owns(pod: Pod): boolean {
    return isMirrorPod(pod) && this.#mirrors.has(`${pod.metadata.namespace ?? ''}/${pod.metadata.name}`)
  }

  createAll(): void {
    for (const mirror of this.#mirrors.values()) this.#create(mirror)
  }

  /** A mirror was marked for deletion: it goes at once. */
  finishDeletion(pod: Pod): void {
    const { namespace, name, uid } = pod.metadata
    this.#engine.schedule(MILLISECOND, 'mirror pod removal', () => {
      try {
        this.#client.delete(pods, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } })
      } catch (error) {
        if (isUnreachable(error))
          this.#engine.schedule(RETRY, 'mirror pod removal', () => this.finishDeletion(pod), 'background')
        else if (!isNotFound(error) && !isConflict(error)) throw error
      }
    })
  }

  /** A mirror is gone: it comes back. */
  recreate(pod: Pod): void {
    const mirror = this.#mirrors.get(`${pod.metadata.namespace ?? ''}/${pod.metadata.name}`)
    if (mirror === undefined) return
    this.#engine.schedule(MILLISECOND, 'mirror pod creation', () => this.#create(mirror))
  }

  #create(mirror: NewObject<Pod>): void {
    try {
      this.#client.create(pods, mirror)
    } catch (error) {
      if (isUnreachable(error))
        this.#engine.schedule(RETRY, 'mirror pod creation', () => this.#create(mirror), 'background')
      else if (!isAlreadyExists(error) && !isNamespaceTerminating(error)) throw error
    }
  }
}

function mirrorPod(manifest: StaticPod, node: Node, seen: string): NewObject<Pod> {
  const name = `${manifest.metadata.name ?? 'static'}-${node.metadata.name}`
  const hash = hexOf(JSON.stringify(manifest), 32)
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...manifest.metadata,
      name,
      namespace: manifest.metadata.namespace ?? 'default',
      annotations: {
        ...manifest.metadata.annotations,
        'kubernetes.io/config.hash': hash,
        [MIRROR_ANNOTATION]: hash,
        'kubernetes.io/config.seen': seen,
        'kubernetes.io/config.source': 'file',
      },
      ownerReferences: [
        { apiVersion: 'v1', kind: 'Node', name: node.metadata.name, uid: node.metadata.uid, controller: true },
      ],
    },
    spec: {
      ...manifest.spec,
      nodeName: node.metadata.name,
      enableServiceLinks: manifest.spec.enableServiceLinks ?? true,
      tolerations: [{ effect: 'NoExecute', operator: 'Exists' }],
    },
  }
}
