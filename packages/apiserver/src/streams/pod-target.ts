// Which pod and container a stream is for, and the refusals of the API server before a kubelet is asked.
// Source: pkg/registry/core/pod/strategy.go (streamLocation, LogLocation, podutil.VisitContainers).

import type { Pod } from '../objects/index.ts'
import type { RequestHandler, ResourceRequest } from '../http/request-handler.ts'
import { node } from '../resources/core/node.ts'
import type { Resource } from '../resources/resource.ts'
import { pods } from '../resources/served-types.ts'
import { isNotFound } from '../status/status-error.ts'
import { badRequest, internalError, notFound } from '../status/errors.ts'
import type { NodeConnection } from './node-connection.ts'

export interface StreamContext {
  readonly handler: RequestHandler
  readonly nodes: () => NodeConnection | undefined
}

/** @throws StatusError 404 when there is no such pod */
export function findPod({ handler }: StreamContext, request: ResourceRequest): Pod {
  const { subresource: _stream, ...pod } = request
  const response = handler.handle({ ...pod, query: new URLSearchParams(), verb: 'get' })
  if (response.type !== 'object') throw internalError(`unexpected answer to a get of pod ${request.name ?? ''}`)
  // `pods` answers a get with a Pod: the registry's own type.
  return response.object as Pod
}

function names(containers: readonly { readonly name: string }[] | undefined): readonly string[] {
  return (containers ?? []).map(({ name }) => name)
}

/** The container asked for, or the only one. @throws StatusError 400 when it must be named or is not there */
export function containerOf(pod: Pod, asked: string): string {
  const main = names(pod.spec.containers)
  const init = names(pod.spec.initContainers)
  const ephemeral = names(pod.spec.ephemeralContainers)
  const { name } = pod.metadata
  if (asked !== '') {
    if ([...main, ...init, ...ephemeral].includes(asked)) return asked
    throw badRequest(`container ${asked} is not valid for pod ${name}`)
  }
  const [only] = main
  if (only !== undefined && main.length === 1) return only
  const all = [...init, ...main, ...ephemeral].join(' ')
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${all}]`)
}

/** The kubelet of a bound pod. @throws StatusError 400 for a pod without a node, 500 in a cluster without kubelets */
export function nodeOf(context: StreamContext, pod: Pod): NodeConnection {
  if ((pod.spec.nodeName ?? '') === '') throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`)
  const nodes = context.nodes()
  if (nodes === undefined) throw internalError('error dialing backend: this cluster runs no kubelets')
  return nodes
}

/** @throws StatusError 404 when the node a pod is bound to is not there */
export function requireNode({ handler }: StreamContext, request: ResourceRequest, name: string): void {
  const { subresource: _stream, namespace: _namespace, ...rest } = request
  // Sound as in the registry: a handler gives a resource objects of its own kind alone.
  const resource = node as unknown as Resource
  try {
    handler.handle({ ...rest, resource, name, query: new URLSearchParams(), verb: 'get' })
  } catch (error) {
    // The server says `pods` here, though it looked for a node.
    throw isNotFound(error) ? notFound(pods, name) : error
  }
}
