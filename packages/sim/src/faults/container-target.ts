// The container a fault meets: of a pod that is there, by its name, or the first.

import { type Client, type Container, type Pod, pods } from '@podwire/apiserver'
import { PodwireError } from '@podwire/engine'

/** A pod by name or handle. */
export type PodRef = string | { readonly namespace: string; readonly name: string }

export interface ContainerTarget {
  /** `default/web-0` */
  readonly key: string
  readonly pod: Pod
  readonly container: Container
}

export function podKeyOf(pod: PodRef): string {
  if (typeof pod !== 'string') return `${pod.namespace}/${pod.name}`
  const name = pod.replace(/^pod\/(?=[^/]+\/)/, '')
  return name.includes('/') ? name : `default/${name}`
}

/** @throws PodwireError when there is no such pod or container */
export function containerTarget(action: string, client: Client, ref: PodRef, name?: string): ContainerTarget {
  const key = podKeyOf(ref)
  const [namespace, podName = ''] = key.split('/')
  const pod = client.find(pods, { namespace, name: podName })
  if (pod === undefined) {
    throw new PodwireError(action, `there is no pod ${key}`, 'Look at cluster.pods(), and settle first if it is new.')
  }
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]
  const container = name === undefined ? containers[0] : containers.find((one) => one.name === name)
  if (container !== undefined) return { key, pod, container }
  throw new PodwireError(
    action,
    `pod ${key} has no container ${JSON.stringify(name)}`,
    `It has ${containers.map((one) => one.name).join(', ')}.`,
  )
}
